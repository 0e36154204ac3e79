/* SPDX-License-Identifier: Apache-2.0 */
/* Where images, containers and run-time state are kept. */
#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "base/path.h"
#include "base/strv.h"
#include "doctor/judge.h"

#define MIB	      ((uint64_t)1 << 20)
#define SPACE_NONE    (32 * MIB) /* less than a small image */
#define SPACE_LITTLE  (1024 * MIB)
#define RUN_NONE      (1 * MIB)
#define INODES_NONE   1000 /* less than a small image */
#define INODES_LITTLE 50000

static bool full(int sys)
{
	return sys == ENOSPC || sys == EDQUOT;
}

/* Does the place of the store follow from HOME? */
static bool by_home(const struct observations *o)
{
	return o->user.uid != 0 && !o->store.given && !o->store.by_xdg;
}

void judge_home(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_store *s = &o->store;
	const char *home = o->user.home;
	bool known = path_is_abs(home);

	if (!by_home(o)) {
		finding_set(f, DOCTOR_SKIPPED, "the store's place does not depend on it");
		return;
	}
	if (*s->path_error)
		finding_set(f, DOCTOR_ERROR, "%s", s->path_error);
	else if (!*s->home)
		finding_set(f, DOCTOR_NOTE, "HOME is not set; '%s' of the user database is used",
			    home);
	else if (!s->home_exists)
		finding_set(f, DOCTOR_WARNING, "HOME is '%s', which is no directory", s->home);
	else if (s->home_owner != o->user.uid)
		finding_set(f, DOCTOR_WARNING, "HOME is '%s', which belongs to user %u, not to %s",
			    s->home, s->home_owner, finding_user(f, o));
	else
		finding_set(f, DOCTOR_OK, "%s", s->home);
	if (f->severity == DOCTOR_OK)
		return;
	finding_means(f, f->severity == DOCTOR_ERROR
				 ? "there is no place for images and containers"
				 : "images and containers are looked for below it, in "
				   ".local/share/onggi");
	if (known && !str_eq(home, s->home))
		finding_mend(f, "export HOME=%s", finding_quote(f, home));
	else if (known && !s->home_exists)
		finding_mend_root(f, o, "install -d -m 700 -o %u -g %u %s", o->user.uid,
				  o->user.gid, finding_quote(f, home));
	else
		finding_mend(f,
			     "mkdir -p -m 700 /var/tmp/onggi-%u && export "
			     "XDG_DATA_HOME=/var/tmp/onggi-%u",
			     o->user.uid, o->user.uid);
}

/* Root and who names a place get it mended; others can choose another one without help. */
static void mend_place(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_store *s = &o->store;
	unsigned uid = o->user.uid;

	if (s->write_errno == EROFS && !by_home(o) && *s->mount)
		finding_mend_root(f, o, "mount -o remount,rw %s", finding_quote(f, s->mount));
	else if (s->write_errno == EACCES && s->existing_owner != uid &&
		 path_below(s->existing, s->home) && s->home_owner == uid)
		finding_mend_root(f, o, "chown -R %u:%u %s", uid, o->user.gid,
				  finding_quote(f, s->existing));
	else if (s->write_errno == EACCES && s->existing_owner == uid)
		finding_mend(f, "chmod u+rwx %s", finding_quote(f, s->existing));
	else if (s->given)
		finding_mend(f, "give a directory that can be written: onggi --root DIR");
	else if (uid == 0)
		finding_mend(f, "onggi --root /run/onggi-store ...");
	else
		finding_mend(f,
			     "mkdir -p -m 700 /var/tmp/onggi-%u && export "
			     "XDG_DATA_HOME=/var/tmp/onggi-%u",
			     uid, uid);
}

void judge_store_writable(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_store *s = &o->store;

	if (!*s->path || full(s->write_errno)) {
		finding_set(f, DOCTOR_SKIPPED, "see %s",
			    !*s->path				       ? "home"
			    : s->space.free_inodes || !s->space.inodes ? "disk-space"
								       : "disk-inodes");
		return;
	}
	if (s->write_errno == 0) {
		finding_set(f, DOCTOR_OK, "%s%s", s->path,
			    str_eq(s->path, s->existing) ? "" : " can be made");
		return;
	}
	finding_set(f, DOCTOR_ERROR, "'%s' can't be %s: %s: %s", s->path,
		    str_eq(s->path, s->existing) ? "written" : "made", s->existing,
		    strerror(s->write_errno));
	finding_means(f, "images can't be loaded and containers can't be run; onggi --root DIR "
			 "keeps them elsewhere");
	mend_place(o, f);
}

/* ---- the file system ---- */

static bool remote(const char *type)
{
	static const char *const types[] = {"nfs", "nfs4", "cifs",   "smb3", "9p",
					    "afs", "ceph", "lustre", "gfs2", "fuse.sshfs"};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (str_eq(type, types[i]))
			return true;
	return false;
}

static void mend_other_place(const struct observations *o, struct doctor_finding *f)
{
	finding_mend(f, "mkdir -p -m 700 /var/tmp/onggi-%u && onggi --root /var/tmp/onggi-%u ...",
		     o->user.uid, o->user.uid);
}

void judge_store_filesystem(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_store *s = &o->store;
	const char *type = *s->type ? s->type : "of unknown type";

	if (!*s->path) {
		finding_set(f, DOCTOR_SKIPPED, "see home");
		return;
	}
	if (s->xattr_errno > 0) {
		finding_set(f, DOCTOR_WARNING, "%s (%s) keeps no %s attributes: %s", s->existing,
			    type, s->user_xattrs ? "user.*" : "trusted.*",
			    strerror(s->xattr_errno));
		finding_means(f, "layers that replace a directory of the layer below can't be "
				 "unpacked");
	} else if (s->d_type == 0) {
		finding_set(f, DOCTOR_WARNING, "%s (%s) does not tell the types of files (d_type)",
			    s->existing, type);
		finding_means(f, "files that a layer removed show up again in containers");
	} else if (remote(s->type)) {
		finding_set(f, DOCTOR_WARNING, "%s is on a server (%s)", s->existing, type);
		finding_means(f, "locks, owners of subordinate ids and overlays fail on most of "
				 "these, and commands hang when the server does");
	} else if (str_eq(s->type, "tmpfs")) {
		finding_set(f, DOCTOR_NOTE, "%s is in memory (tmpfs)", s->existing);
		finding_means(f, "images and containers take memory and are gone at the next boot");
	} else {
		finding_set(f, DOCTOR_OK, "%s is %s", s->existing, type);
	}
	if (f->severity == DOCTOR_WARNING)
		mend_other_place(o, f);
}

void judge_store_mount(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_store *s = &o->store;

	if (!*s->path) {
		finding_set(f, DOCTOR_SKIPPED, "see home");
		return;
	}
	if (!s->noexec && !(s->nodev && !o->user.rootless)) {
		finding_set(f, DOCTOR_OK, "%s%s", *s->mount ? s->mount : s->existing,
			    s->nosuid ? " (nosuid)" : "");
		return;
	}
	finding_set(f, DOCTOR_WARNING, "%s is mounted %s%s%s", *s->mount ? s->mount : s->existing,
		    s->noexec ? "noexec" : "", s->noexec && s->nodev ? ", " : "",
		    s->nodev ? "nodev" : "");
	finding_means(f,
		      "volumes are kept there: programs%s in them can't be used in containers "
		      "(the containers' own files are not touched by it)",
		      s->nodev && !o->user.rootless ? " and device nodes" : "");
	if (*s->mount)
		finding_mend_root(f, o, "mount -o remount,bind,exec,dev %s",
				  finding_quote(f, s->mount));
}

/* ---- space ---- */

static void mend_space(const struct observations *o, struct doctor_finding *f, const char *where)
{
	if (o->store.has_images)
		finding_mend(f, "onggi image prune --all");
	else
		finding_mend(f, "du -xh --max-depth=2 %s | sort -h | tail",
			     finding_quote(f, where));
}

void judge_disk_space(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_space *d = &o->store.space, *r = &o->run.space;
	char a[FORMAT_MAX];

	if (!*o->store.path || !d->known) {
		finding_set(f, DOCTOR_SKIPPED,
			    *o->store.path ? "the file system does not tell" : "see home");
		return;
	}
	if (d->free < SPACE_NONE || o->store.write_errno == EDQUOT) {
		finding_set(f, DOCTOR_ERROR, "%s left for the store (%s)%s",
			    format_size(d->free, a), o->store.existing,
			    o->store.write_errno == EDQUOT ? ", and the quota is used up" : "");
		finding_means(f, "nothing can be loaded, and containers can't write");
		mend_space(o, f, *o->store.mount ? o->store.mount : "/");
	} else if (r->known && r->free < RUN_NONE) {
		finding_set(f, DOCTOR_ERROR, "%s left for run-time state (%s)",
			    format_size(r->free, a), o->run.path);
		finding_means(f, "no container can be started");
		finding_mend(f, "onggi --runroot /tmp/onggi-run ..., or free space: du -sh %s/*",
			     o->run.in_tmp	       ? "/tmp"
			     : path_is_abs(o->run.xdg) ? o->run.xdg
						       : "/run");
	} else if (d->free < SPACE_LITTLE) {
		finding_set(f, DOCTOR_WARNING, "%s left for the store (%s)",
			    format_size(d->free, a), o->store.existing);
		finding_means(f, "a larger image will not fit");
		mend_space(o, f, *o->store.mount ? o->store.mount : "/");
	} else {
		finding_set(f, DOCTOR_OK, "%s left for the store", format_size(d->free, a));
	}
}

void judge_disk_inodes(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_space *d = &o->store.space;

	if (!*o->store.path || !d->known || !d->inodes) {
		finding_set(f, DOCTOR_SKIPPED,
			    *o->store.path ? "this file system makes them as they are needed"
					   : "see home");
		return;
	}
	if (d->free_inodes >= INODES_LITTLE) {
		finding_set(f, DOCTOR_OK, "%llu left for the store",
			    (unsigned long long)d->free_inodes);
		return;
	}
	finding_set(f, d->free_inodes < INODES_NONE ? DOCTOR_ERROR : DOCTOR_WARNING,
		    "%llu of %llu inodes left for the store (%s)",
		    (unsigned long long)d->free_inodes, (unsigned long long)d->inodes,
		    o->store.existing);
	finding_means(f, "each file of an image takes one: there is 'no space left' while df "
			 "shows some");
	if (o->store.has_images)
		finding_mend(f, "onggi image prune --all");
	else
		finding_mend(f, "du --inodes -x %s | sort -n | tail",
			     *o->store.mount ? o->store.mount : "/");
}

void judge_store_consistency(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_store *s = &o->store;

	if (*s->images_error) {
		finding_set(f, DOCTOR_ERROR, "%s", s->images_error);
		finding_means(f, "the images in the store can't be read");
		finding_mend(f, "onggi system check --repair");
		return;
	}
	if (s->has_images)
		finding_set(f, DOCTOR_OK,
			    "can be read (`onggi system check` verifies every digest)");
	else
		finding_set(f, DOCTOR_OK, "there are no images yet");
}

/* ---- $RUN ---- */

static const char *xdg_reason(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_run *r = &o->run;

	switch (r->xdg_state) {
	case OBSERVE_XDG_UNSET:
		return "XDG_RUNTIME_DIR is not set";
	case OBSERVE_XDG_RELATIVE:
		return arena_printf(f->arena, "XDG_RUNTIME_DIR is '%s', no absolute path", r->xdg);
	case OBSERVE_XDG_ABSENT:
		return arena_printf(f->arena, "XDG_RUNTIME_DIR is '%s', which is no directory",
				    r->xdg);
	case OBSERVE_XDG_FOREIGN:
		return arena_printf(f->arena,
				    "XDG_RUNTIME_DIR is '%s', which belongs to user %u (su and "
				    "sudo keep the caller's)",
				    r->xdg, r->xdg_owner);
	case OBSERVE_XDG_UNUSED:
	case OBSERVE_XDG_GOOD:
	default:
		return NULL;
	}
}

/* The fallback of which somebody else may have been first. */
static bool fallback_spoilt(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_run *r = &o->run;
	const char *reason = xdg_reason(o, f);

	if (!r->in_tmp || !r->exists || (r->owner == o->user.uid && !(r->mode & 077)))
		return false;
	finding_set(f, DOCTOR_ERROR, "%s, and the fallback '%s' belongs to user %u with mode %04o",
		    reason ? reason : "XDG_RUNTIME_DIR can't be used", r->path, r->owner, r->mode);
	finding_means(f, "no container can be run: somebody else could change its state");
	if (r->owner == o->user.uid)
		finding_mend(f, "chmod 700 %s", r->path);
	else
		finding_mend_xdg(f, o);
	return true;
}

void judge_runtime_directory(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_run *r = &o->run;
	const char *reason = xdg_reason(o, f);

	if (fallback_spoilt(o, f))
		return;
	if (r->write_errno && !full(r->write_errno)) {
		finding_set(f, DOCTOR_ERROR, "'%s' can't be made or written: %s", r->path,
			    strerror(r->write_errno));
		finding_means(f, "no container can be run: what runs is noted there");
		if (o->user.uid == 0)
			finding_mend(f, "mount -t tmpfs -o mode=755 tmpfs /run");
		else
			finding_mend_xdg(f, o);
		return;
	}
	if (!reason) {
		finding_set(f, DOCTOR_OK, "%s", r->path);
		return;
	}
	finding_set(f, DOCTOR_WARNING, "%s; %s is used", reason, r->path);
	finding_means(f, "containers run; programs that clean /tmp can take their state away%s",
		      r->xdg_state == OBSERVE_XDG_UNSET
			      ? ""
			      : ", and the user's systemd is not found there");
	finding_mend_xdg(f, o);
}
