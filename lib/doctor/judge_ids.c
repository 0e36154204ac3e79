/* SPDX-License-Identifier: Apache-2.0 */
/* Subordinate ids and those who map them. */
#include <string.h>

#include "base/path.h"
#include "base/strv.h"
#include "doctor/judge.h"
#include "os/caps.h"

#define RANGE	       65536u
#define CAP_SETGID_BIT CAP_BIT(6)
#define CAP_SETUID_BIT CAP_BIT(7)

#define ONE_ID                                                                                     \
	"containers run, but with one id alone: whatever changes owners or users in them "         \
	"(apt, su, an image's USER) fails"

static bool too_few(const struct observe_subids *s)
{
	return s->count < RANGE;
}

/* "usermod --add-subuids FIRST-LAST …" for the files that lack a range. */
static void mend_subids(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_ids *i = &o->ids;
	bool uids = too_few(&i->uid), gids = too_few(&i->gid);
	uint32_t start = i->uid.free;
	const char *user = finding_user(f, o);
	const char *text = "";

	if (!start) {
		finding_mend(f, "free a range of 65536 ids in /etc/subuid and /etc/subgid: they "
				"are all given away");
		return;
	}
	if (o->user.local) {
		if (uids)
			text = arena_printf(f->arena, " --add-subuids %u-%u", start,
					    start + RANGE - 1);
		if (gids)
			text = arena_printf(f->arena, "%s --add-subgids %u-%u", text, start,
					    start + RANGE - 1);
		finding_mend_root(f, o, "usermod%s %s", text, user);
		return;
	}
	/* usermod knows only the users of /etc/passwd. */
	finding_mend_root(f, o, "sh -c 'echo %s:%u:%u | tee -a%s%s'", user, start, RANGE,
			  uids ? " /etc/subuid" : "", gids ? " /etc/subgid" : "");
}

/* A user of a namespace of its own has no more than what that gives. */
static bool is_mapped_root(const struct observations *o)
{
	return o->user.uid == 0;
}

static void say_too_few(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_ids *i = &o->ids;
	uint64_t n = i->uid.count < i->gid.count ? i->uid.count : i->gid.count;
	const char *file = too_few(&i->uid) && too_few(&i->gid) ? "/etc/subuid and /etc/subgid"
			   : too_few(&i->uid)			? "/etc/subuid"
								: "/etc/subgid";

	finding_set(f, DOCTOR_WARNING,
		    n ? "user '%s' has only %llu ids in %s" : "user '%s' has no ids (%llu) in %s",
		    finding_user(f, o), (unsigned long long)n, file);
	if (!n)
		finding_set(f, DOCTOR_WARNING, "user '%s' has no ids in %s", finding_user(f, o),
			    file);
	if (n)
		finding_means(f,
			      "images with owners above %llu can't be unpacked faithfully; "
			      "65536 are usual",
			      (unsigned long long)n);
	else
		finding_means(f, ONE_ID);
	mend_subids(o, f);
}

void judge_subordinate_ids(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_ids *i = &o->ids;

	if (finding_rootless_only(f, o))
		return;
	if (is_mapped_root(o) && too_few(&i->uid)) {
		finding_set(f, DOCTOR_NOTE,
			    "this root is one of a user namespace, without ids of "
			    "its own in /etc/subuid");
		finding_means(f, ONE_ID);
		return;
	}
	if (*i->name_service) {
		finding_set(f, DOCTOR_WARNING,
			    "nsswitch.conf takes subordinate ids from '%s'; "
			    "onggi reads the files alone",
			    i->name_service);
		finding_means(f, "newuidmap refuses what stands only in the files, and onggi does "
				 "not know what stands only there");
		finding_mend(f, "let both say the same: getsubids %s shows the service's",
			     finding_user(f, o));
		return;
	}
	if (too_few(&i->uid) || too_few(&i->gid)) {
		say_too_few(o, f);
		return;
	}
	finding_set(f, DOCTOR_OK, "%llu user and %llu group ids, from %u and %u",
		    (unsigned long long)i->uid.count, (unsigned long long)i->gid.count,
		    i->uid.start, i->gid.start);
}

static bool say_overlap(const struct observations *o, const char *file,
			const struct observe_subids *s, struct doctor_finding *f)
{
	uint32_t last = s->shared_start + s->shared_count - 1;
	bool uids = strstr(file, "subuid") != NULL;
	const char *what = uids ? "uids" : "gids";
	uint32_t begin = o->ids.uid.free;

	if (!*s->other)
		return false;
	finding_set(f, DOCTOR_WARNING,
		    "%s gives ids %u to %u to '%s' and ids of them to '%s' (%u to %u)", file,
		    s->shared_start, last, finding_user(f, o), s->other, s->other_start,
		    s->other_start + s->other_count - 1);
	finding_means(f, "containers of the two users can read and change each other's files");
	finding_mend_root(f, o, "usermod --del-sub%s %u-%u --add-sub%s %u-%u %s", what,
			  s->shared_start, last, what, begin, begin + s->shared_count - 1,
			  finding_user(f, o));
	return true;
}

void judge_subordinate_overlap(const struct observations *o, struct doctor_finding *f)
{
	if (finding_rootless_only(f, o))
		return;
	if (!o->ids.uid.count && !o->ids.gid.count) {
		finding_set(f, DOCTOR_SKIPPED, "no subordinate ids");
		return;
	}
	if (!say_overlap(o, "/etc/subuid", &o->ids.uid, f) &&
	    !say_overlap(o, "/etc/subgid", &o->ids.gid, f))
		finding_set(f, DOCTOR_OK, "nobody else has the same");
}

/* ---- newuidmap and newgidmap ---- */

static bool has_privilege(const struct observe_helper *h)
{
	return h->root_owned && (h->setuid || h->file_caps);
}

/* "A and B" of what is wrong with the one, the other or both. */
static const char *both(struct doctor_finding *f, const char *a, const char *b)
{
	return a && b ? arena_printf(f->arena, "%s and %s", a, b) : a ? a : b;
}

static bool judge_installed(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_ids *i = &o->ids;
	const char *missing = both(f, *i->newuidmap.path ? NULL : "newuidmap",
				   *i->newgidmap.path ? NULL : "newgidmap");

	if (!missing)
		return true;
	finding_set(f, DOCTOR_WARNING, "%s not installed, or not executable", missing);
	finding_mend_install(f, o, PACKAGE_UIDMAP);
	return false;
}

static bool judge_setuid(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_helper *u = &o->ids.newuidmap, *g = &o->ids.newgidmap;
	const char *weak =
		both(f, has_privilege(u) ? NULL : u->path, has_privilege(g) ? NULL : g->path);
	const char *paths = arena_printf(f->arena, "%s %s", u->path, g->path);

	if (!weak)
		return true;
	finding_set(f, DOCTOR_WARNING, "%s not setuid root, and without file capabilities", weak);
	if (u->root_owned && g->root_owned)
		finding_mend_root(f, o, "chmod 4755 %s", paths);
	else
		finding_mend_root(f, o, "sh -c 'chown root:root %s && chmod 4755 %s'", paths,
				  paths);
	return false;
}

static bool judge_circumstances(const struct observations *o, struct doctor_finding *f)
{
	const uint64_t needed = CAP_SETUID_BIT | CAP_SETGID_BIT;
	const struct observe_helper *u = &o->ids.newuidmap, *g = &o->ids.newgidmap;

	if (u->nosuid || g->nosuid) {
		const struct observe_helper *h = u->nosuid ? u : g;

		finding_set(f, DOCTOR_WARNING,
			    "%s lies on a file system that is mounted nosuid "
			    "(%s)",
			    h->path, h->mount);
		finding_mend_root(f, o, "mount -o remount,bind,suid %s", h->mount);
		return false;
	}
	if (o->user.no_new_privs) {
		finding_set(f, DOCTOR_WARNING,
			    "this process was started with no_new_privs, so "
			    "that setuid programs have no privilege");
		finding_mend(
			f,
			o->host.container
				? "start the outer container without --security-opt "
				  "no-new-privileges (kubernetes: allowPrivilegeEscalation: true)"
				: "start onggi without it: of a systemd unit, NoNewPrivileges=no");
		return false;
	}
	if ((o->user.bounding & needed) != needed) {
		finding_set(f, DOCTOR_WARNING,
			    "CAP_SETUID or CAP_SETGID was taken from this "
			    "process and all its children");
		finding_mend(f, "start the outer container with --cap-add SETUID --cap-add SETGID");
		return false;
	}
	return true;
}

void judge_setuid_helpers(const struct observations *o, struct doctor_finding *f)
{
	if (finding_rootless_only(f, o))
		return;
	if (is_mapped_root(o)) {
		finding_set(f, DOCTOR_SKIPPED, "the root of a user namespace needs none");
		return;
	}
	if (judge_installed(o, f) && judge_setuid(o, f) && judge_circumstances(o, f))
		finding_set(f, DOCTOR_OK, "%s and %s have their privilege", o->ids.newuidmap.path,
			    o->ids.newgidmap.path);
	else
		finding_means(f, ONE_ID);
}

void judge_id_mapping(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_ids *i = &o->ids;

	if (finding_rootless_only(f, o))
		return;
	if (i->map_errno == OBSERVE_NOT_TRIED) {
		finding_set(f, DOCTOR_SKIPPED, "not tried: see %s",
			    i->uid.count && i->gid.count ? "setuid-helpers" : "subordinate-ids");
		return;
	}
	if (i->map_errno == 0) {
		finding_set(f, DOCTOR_OK, "the subordinate ids can be mapped");
		return;
	}
	if (o->userns.clone_errno) {
		finding_set(f, DOCTOR_SKIPPED, "not tried: see user-namespaces");
		return;
	}
	finding_set(f, DOCTOR_ERROR, "fails: %s", i->map_error);
	finding_means(f, "no container can be run by this user");
	finding_mend(f, "see the findings setuid-helpers and subordinate-ids; both helpers say "
			"more in the system's log: journalctl -t newuidmap");
}
