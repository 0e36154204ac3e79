/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/user.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/parse.h"
#include "base/strv.h"
#include "os/rooted.h"

#define ID_MAX                                                                                     \
	INT32_MAX /* docker's: -1 and what becomes it in a signed number mean "unchanged"          \
		   */
#define FIELDS_MAX 7

/* A line of passwd or group, cut into fields in place. */
struct record {
	char *fields[FIELDS_MAX];
	size_t n;
};

static void read_file(int rootfd, const char *path, struct buf *out)
{
	/* A file that is absent, too large or no regular file has no entries. */
	if (rooted_read_all(rootfd, path, USER_FILE_MAX, out, NULL) < 0)
		buf_reset(out);
}

/* Without blanks around it, as docker reads them: there are files with carriage returns. */
static char *trim(char *line, char *end)
{
	while (end > line && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*line))
		line++;
	return line;
}

/* The next line with fields; *pos moves on. The text is modified. */
static bool next_record(char **pos, struct record *r)
{
	while (*pos && **pos) {
		char *line = strsep(pos, "\n");
		char *field;

		line = trim(line, *pos ? *pos - 1 : line + strlen(line));
		r->n = 0;
		if (*line == '\0' || *line == '#')
			continue;
		while (r->n < FIELDS_MAX && (field = strsep(&line, ":")))
			r->fields[r->n++] = field;
		if (r->n >= 3)
			return true;
	}
	return false;
}

static bool number(const char *s, uint32_t *ret)
{
	uint64_t v;

	if (parse_uint(s, ID_MAX, &v, NULL) < 0)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool looks_numeric(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

struct passwd_entry {
	const char *name; /* NULL: not found */
	uint32_t uid, gid;
	const char *home;
};

/* The first entry with this name, or with this number where `name` is one. */
static struct passwd_entry find_passwd(char *text, const char *name, struct arena *a)
{
	struct passwd_entry e = {.name = NULL};
	struct record r;
	uint32_t want = 0;
	bool by_number = number(name, &want);

	while (next_record(&text, &r)) {
		uint32_t uid, gid = 0;

		if (!number(r.fields[2], &uid))
			continue;
		if (by_number ? uid != want : strcmp(r.fields[0], name) != 0)
			continue;
		if (r.n > 3 && !number(r.fields[3], &gid))
			continue;
		e.name = arena_strdup(a, r.fields[0]);
		e.uid = uid;
		e.gid = gid;
		e.home = r.n > 5 && *r.fields[5] ? arena_strdup(a, r.fields[5]) : NULL;
		break;
	}
	return e;
}

static void add_group(struct container_user *u, uint32_t gid, struct arena *a)
{
	for (size_t i = 0; i < u->n_groups; i++)
		if (u->groups[i] == gid)
			return;
	if (u->n_groups < USER_GROUPS_MAX)
		*arena_push(a, u->groups, u->n_groups) = gid;
}

static bool lists_member(char *members, const char *name)
{
	char *m;

	while ((m = strsep(&members, ",")))
		if (strcmp(m, name) == 0)
			return true;
	return false;
}

/* Is the name anywhere but at the beginning of a line? Most often it is not: no line is cut then.
 */
static bool mentions(const char *text, const char *name)
{
	for (const char *s = text; (s = strstr(s, name)); s++)
		if (s > text && (s[-1] == ':' || s[-1] == ','))
			return true;
	return false;
}

/* Groups that list the user as a member. */
static void add_memberships(char *text, const char *name, struct container_user *u, struct arena *a)
{
	struct record r;
	uint32_t gid;

	if (*name == '\0' || !mentions(text, name))
		return;
	while (next_record(&text, &r))
		if (r.n > 3 && number(r.fields[2], &gid) && lists_member(r.fields[3], name))
			add_group(u, gid, a);
}

static bool find_group(char *text, const char *name, uint32_t *ret)
{
	struct record r;
	uint32_t gid;

	while (next_record(&text, &r)) {
		if (strcmp(r.fields[0], name) == 0 && number(r.fields[2], &gid)) {
			*ret = gid;
			return true;
		}
	}
	return false;
}

static int no_such(const char *what, const char *name, const char *file, struct err *err)
{
	if (looks_numeric(name))
		return err_set(err, ERR_INVALID, "%s '%s' is not a number from 0 to %d", what, name,
			       ID_MAX);
	err_set(err, ERR_NOT_FOUND,
		"unable to find %s '%s': no matching entry in the container's %s", what, name,
		file);
	return err_hint(err, "give a number, or add the %s in the image", what);
}

static int group_by_text(int rootfd, const char *name, uint32_t *ret, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(USER_FILE_MAX);

	if (number(name, ret))
		return 0;
	read_file(rootfd, "/etc/group", &text);
	if (text.data && find_group(text.data, name, ret))
		return 0;
	return no_such("group", name, "/etc/group", err);
}

int user_add_groups(int rootfd, char *const *group_add, struct arena *a, struct container_user *u,
		    struct err *err)
{
	strv_foreach (g, group_add) {
		uint32_t gid;

		if (group_by_text(rootfd, *g, &gid, err) < 0)
			return -1;
		add_group(u, gid, a);
	}
	return 0;
}

const char *user_home(int rootfd, uint32_t uid, struct arena *a)
{
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(USER_FILE_MAX);
	struct passwd_entry e;

	read_file(rootfd, "/etc/passwd", &text);
	if (!text.data)
		return NULL;
	e = find_passwd(text.data, arena_printf(a, "%u", uid), a);
	return e.home;
}

int user_lookup(int rootfd, const char *user, char *const *group_add, struct arena *a,
		struct container_user *ret, struct err *err)
{
	_cleanup_(buf) struct buf passwd = BUF_INIT_MAX(USER_FILE_MAX);
	_cleanup_(buf) struct buf group = BUF_INIT_MAX(USER_FILE_MAX);
	struct container_user u = {.home = NULL};
	struct passwd_entry e = {.name = NULL};
	char *name = arena_strdup(a, user);
	char *group_name = strchr(name, ':');

	if (group_name)
		*group_name++ = '\0';
	read_file(rootfd, "/etc/passwd", &passwd);
	if (passwd.data)
		e = find_passwd(passwd.data, *name ? name : "0", a);
	if (e.name) {
		u.uid = e.uid;
		u.gid = e.gid;
		u.home = e.home;
	} else if (*name && !number(name, &u.uid)) {
		return no_such("user", name, "/etc/passwd", err);
	}
	if (!str_empty(group_name)) {
		if (group_by_text(rootfd, group_name, &u.gid, err) < 0)
			return -1;
	} else if (e.name) {
		read_file(rootfd, "/etc/group", &group);
	}
	/*
	 * First, so that it can't be given up by a program that sets its group ID: a file that
	 * its group alone may not read would be readable then (CVE-2022-36109).
	 */
	add_group(&u, u.gid, a);
	if (group.data)
		add_memberships(group.data, e.name, &u, a);
	if (user_add_groups(rootfd, group_add, a, &u, err) < 0)
		return -1;
	*ret = u;
	return 0;
}
