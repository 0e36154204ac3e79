/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row per option word: in which strings it may stand, for which kinds of mount, what value it
 * takes and where that goes. Words of one group exclude each other, and none may come twice.
 */
#include "oci/mount_options.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/strv.h"

#define V MOUNT_FORM_VOLUME
#define M MOUNT_FORM_LONG
#define T MOUNT_FORM_TMPFS

#define BIND   (1u << MOUNT_BIND)
#define VOLUME (1u << MOUNT_VOLUME)
#define TMPFS  (1u << MOUNT_TMPFS)
#define ANY    (BIND | VOLUME | TMPFS)

enum group {
	G_MANY, /* may come again */
	G_RO,
	G_EXEC,
	G_SUID,
	G_DEV,
	G_PROPAGATION,
	G_RECURSIVE,
	G_RELABEL,
	G_CHOWN,
	G_COPY,
	G_OVERLAY,
	G_IDMAP,
	G_SUBPATH,
	G_SIZE,
	G_MODE,
	G_SOURCE,
	G_TARGET, /* the last: given[] has room for 16 */
};
_Static_assert(G_TARGET <= ARRAY_SIZE(((struct mount_parse *)0)->given), "a slot for each group");

enum value {
	NONE,	  /* "nosuid" */
	BOOL,	  /* "ro"; in --mount also "ro=false" */
	TEXT,	  /* "size=64m" */
	OPT_TEXT, /* "idmap", "idmap=..." */
};

struct row {
	const char *name;
	unsigned forms;
	unsigned kinds;
	enum group group;
	enum value value;
	int (*set)(struct mount_parse *p, const struct row *row, const char *value,
		   struct err *err);
	size_t offset;
	bool on; /* set_flag: what the word means */
};

static bool *flag_at(struct mount_parse *p, size_t offset)
{
	return (bool *)(void *)((char *)&p->request + offset);
}

static char **text_at(struct mount_parse *p, size_t offset)
{
	return (char **)(void *)((char *)&p->request + offset);
}

static int set_flag(struct mount_parse *p, const struct row *row, const char *value,
		    struct err *err)
{
	bool yes = true;

	if (value && parse_bool(value, &yes, NULL) < 0)
		return err_set(err, ERR_INVALID, "%s: '%.64s' is refused, expected true or false",
			       row->name, value);
	*flag_at(p, row->offset) = yes == row->on;
	return 0;
}

static int set_text(struct mount_parse *p, const struct row *row, const char *value,
		    struct err *err)
{
	(void)err;
	*text_at(p, row->offset) = arena_strdup(p->arena, value ? value : "");
	return 0;
}

/* The word itself, with its value, goes to the list of further options. */
static int add_option(struct mount_parse *p, const struct row *row, const char *value,
		      struct err *err)
{
	struct mount_request *r = &p->request;

	(void)err;
	arena_strv_add(p->arena, &r->options, &r->n_options,
		       value ? arena_printf(p->arena, "%s=%s", row->name, value)
			     : arena_strdup(p->arena, row->name));
	return 0;
}

static int add_volume_option(struct mount_parse *p, const struct row *row, const char *value,
			     struct err *err)
{
	(void)row;
	(void)err;
	arena_strv_add(p->arena, &p->request.volume_options, &p->request.n_volume_options,
		       arena_strdup(p->arena, value));
	return 0;
}

static int add_volume_label(struct mount_parse *p, const struct row *row, const char *value,
			    struct err *err)
{
	(void)row;
	(void)err;
	arena_strv_add(p->arena, &p->request.volume_labels, &p->request.n_volume_labels,
		       arena_strdup(p->arena, value));
	return 0;
}

/* Accepted for the sake of scripts written for other systems: z and Z too, since no SELinux labels
 * are set. */
static int ignore(struct mount_parse *p, const struct row *row, const char *value, struct err *err)
{
	(void)p;
	(void)row;
	(void)value;
	(void)err;
	return 0;
}

static const char *const propagations[] = {
	"private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable",
};

static int set_propagation(struct mount_parse *p, const struct row *row, const char *value,
			   struct err *err)
{
	const char *word = value ? value : row->name;
	const char *near = str_nearest(word, propagations, ARRAY_SIZE(propagations));

	for (size_t i = 0; i < ARRAY_SIZE(propagations); i++) {
		if (strcmp(word, propagations[i]) == 0) {
			p->request.propagation = arena_strdup(p->arena, word);
			return 0;
		}
	}
	(void)err_set(
		err, ERR_INVALID,
		"%s: '%.64s' is refused, accepted: private, rprivate, shared, rshared, slave, "
		"rslave, unbindable, runbindable",
		row->name, word);
	return near ? err_hint(err, "did you mean '%s'?", near) : -1;
}

static int set_recursive(struct mount_parse *p, const struct row *row, const char *value,
			 struct err *err)
{
	if (strcmp(value, "disabled") == 0)
		p->request.non_recursive = true;
	else if (strcmp(value, "readonly") == 0)
		p->request.recursive_readonly = true;
	else if (strcmp(value, "writable") == 0)
		p->request.recursive_writable = true;
	else if (strcmp(value, "enabled") != 0)
		return err_set(
			err, ERR_INVALID,
			"%s: '%.64s' is refused, accepted: enabled, disabled, writable, readonly",
			row->name, value);
	return 0;
}

/* Checked, and then of no effect as z and Z are: no SELinux labels are set. */
static int check_relabel(struct mount_parse *p, const struct row *row, const char *value,
			 struct err *err)
{
	(void)p;
	if (strcmp(value, "shared") == 0 || strcmp(value, "private") == 0)
		return 0;
	return err_set(err, ERR_INVALID, "%s: '%.64s' is refused, accepted: shared, private",
		       row->name, value);
}

static int set_size(struct mount_parse *p, const struct row *row, const char *value,
		    struct err *err)
{
	size_t len = strlen(value);

	/* A share of the memory, which only the kernel knows how to count. */
	if (len > 1 && value[len - 1] == '%' && strspn(value, "0123456789") == len - 1) {
		arena_strv_add(p->arena, &p->request.options, &p->request.n_options,
			       arena_printf(p->arena, "size=%s", value));
		return 0;
	}
	if (parse_size(value, &p->request.tmpfs_size, NULL) < 0)
		return err_set(err, ERR_INVALID,
			       "%s: '%.64s' is no size, expected a number with b, k, m or g",
			       row->name, value);
	return 0;
}

static int set_mode(struct mount_parse *p, const struct row *row, const char *value,
		    struct err *err)
{
	if (parse_mode(value, &p->request.tmpfs_mode, NULL) < 0)
		return err_set(err, ERR_INVALID,
			       "%s: '%.64s' is no mode, expected octal digits such as 1777",
			       row->name, value);
	p->request.tmpfs_mode_set = true;
	return 0;
}

static int set_subpath(struct mount_parse *p, const struct row *row, const char *value,
		       struct err *err)
{
	if (!*value || path_is_abs(value) || path_has_dotdot(value))
		return err_set(err, ERR_INVALID,
			       "%s: '%.256s' is refused, expected a relative path without '..'",
			       row->name, value);
	return set_text(p, row, value, err);
}

static int check_driver(struct mount_parse *p, const struct row *row, const char *value,
			struct err *err)
{
	(void)p;
	if (strcmp(value, "local") == 0)
		return 0;
	return err_set(err, ERR_UNSUPPORTED, "%s: '%.64s' is refused, accepted: local", row->name,
		       value);
}

#define AT(member) offsetof(struct mount_request, member)

static const struct row rows[] = {
	{"ro", V | M | T, ANY, G_RO, BOOL, set_flag, AT(readonly), true},
	{"readonly", M, ANY, G_RO, BOOL, set_flag, AT(readonly), true},
	{"rw", V | M | T, ANY, G_RO, BOOL, set_flag, AT(readonly), false},
	{"exec", V | M | T, ANY, G_EXEC, NONE, add_option, 0, false},
	{"noexec", V | M | T, ANY, G_EXEC, NONE, add_option, 0, false},
	{"suid", V | M | T, ANY, G_SUID, NONE, add_option, 0, false},
	{"nosuid", V | M | T, ANY, G_SUID, NONE, add_option, 0, false},
	{"dev", V | M | T, ANY, G_DEV, NONE, add_option, 0, false},
	{"nodev", V | M | T, ANY, G_DEV, NONE, add_option, 0, false},
	{"z", V | M, BIND | VOLUME, G_RELABEL, NONE, ignore, 0, false},
	{"Z", V | M, BIND | VOLUME, G_RELABEL, NONE, ignore, 0, false},
	{"relabel", M, BIND | VOLUME, G_RELABEL, TEXT, check_relabel, 0, false},
	{"U", V | M | T, ANY, G_CHOWN, BOOL, set_flag, AT(chown), true},
	{"chown", V | M, ANY, G_CHOWN, BOOL, set_flag, AT(chown), true},
	{"O", V, BIND | VOLUME, G_OVERLAY, NONE, set_flag, AT(overlay), true},
	{"copy", V, VOLUME, G_COPY, NONE, set_flag, AT(no_copy), false},
	{"nocopy", V, VOLUME, G_COPY, NONE, set_flag, AT(no_copy), true},
	{"volume-nocopy", M, VOLUME, G_COPY, BOOL, set_flag, AT(no_copy), true},
	{"tmpcopyup", M | T, TMPFS, G_COPY, NONE, add_option, 0, false},
	{"notmpcopyup", M | T, TMPFS, G_COPY, NONE, set_flag, AT(no_copy), true},
	{"private", V, BIND | VOLUME, G_PROPAGATION, NONE, set_propagation, 0, false},
	{"rprivate", V, BIND | VOLUME, G_PROPAGATION, NONE, set_propagation, 0, false},
	{"shared", V, BIND | VOLUME, G_PROPAGATION, NONE, set_propagation, 0, false},
	{"rshared", V, BIND | VOLUME, G_PROPAGATION, NONE, set_propagation, 0, false},
	{"slave", V, BIND | VOLUME, G_PROPAGATION, NONE, set_propagation, 0, false},
	{"rslave", V, BIND | VOLUME, G_PROPAGATION, NONE, set_propagation, 0, false},
	{"unbindable", V, BIND | VOLUME, G_PROPAGATION, NONE, set_propagation, 0, false},
	{"runbindable", V, BIND | VOLUME, G_PROPAGATION, NONE, set_propagation, 0, false},
	{"bind-propagation", M, BIND, G_PROPAGATION, TEXT, set_propagation, 0, false},
	{"bind", V, BIND | VOLUME, G_RECURSIVE, NONE, set_flag, AT(non_recursive), true},
	{"rbind", V, BIND | VOLUME, G_RECURSIVE, NONE, set_flag, AT(non_recursive), false},
	{"bind-nonrecursive", M, BIND, G_RECURSIVE, BOOL, set_flag, AT(non_recursive), true},
	{"bind-recursive", M, BIND, G_RECURSIVE, TEXT, set_recursive, 0, false},
	{"consistent", V, BIND | VOLUME, G_MANY, NONE, ignore, 0, false},
	{"cached", V, BIND | VOLUME, G_MANY, NONE, ignore, 0, false},
	{"delegated", V, BIND | VOLUME, G_MANY, NONE, ignore, 0, false},
	{"consistency", M, ANY, G_MANY, TEXT, ignore, 0, false},
	{"idmap", V | M, BIND | VOLUME, G_IDMAP, OPT_TEXT, set_text, AT(idmap), false},
	{"subpath", M, VOLUME, G_SUBPATH, TEXT, set_subpath, AT(subpath), false},
	{"volume-subpath", M, VOLUME, G_SUBPATH, TEXT, set_subpath, AT(subpath), false},
	{"volume-driver", M, VOLUME, G_MANY, TEXT, check_driver, 0, false},
	{"volume-opt", M, VOLUME, G_MANY, TEXT, add_volume_option, 0, false},
	{"volume-label", M, VOLUME, G_MANY, TEXT, add_volume_label, 0, false},
	{"tmpfs-size", M, TMPFS, G_SIZE, TEXT, set_size, 0, false},
	{"tmpfs-mode", M, TMPFS, G_MODE, TEXT, set_mode, 0, false},
	{"size", T, TMPFS, G_SIZE, TEXT, set_size, 0, false},
	{"mode", T, TMPFS, G_MODE, TEXT, set_mode, 0, false},
	{"uid", T | M, TMPFS, G_MANY, TEXT, add_option, 0, false},
	{"gid", T | M, TMPFS, G_MANY, TEXT, add_option, 0, false},
	{"nr_inodes", T, TMPFS, G_MANY, TEXT, add_option, 0, false},
	{"nr_blocks", T, TMPFS, G_MANY, TEXT, add_option, 0, false},
	{"huge", T, TMPFS, G_MANY, TEXT, add_option, 0, false},
	{"mpol", T, TMPFS, G_MANY, TEXT, add_option, 0, false},
	{"noswap", T, TMPFS, G_MANY, NONE, add_option, 0, false},
	{"sync", T, TMPFS, G_MANY, NONE, add_option, 0, false},
	{"async", T, TMPFS, G_MANY, NONE, add_option, 0, false},
	{"dirsync", T, TMPFS, G_MANY, NONE, add_option, 0, false},
	{"atime", T, TMPFS, G_MANY, NONE, add_option, 0, false},
	{"noatime", T, TMPFS, G_MANY, NONE, add_option, 0, false},
	{"diratime", T, TMPFS, G_MANY, NONE, add_option, 0, false},
	{"nodiratime", T, TMPFS, G_MANY, NONE, add_option, 0, false},
	{"relatime", T, TMPFS, G_MANY, NONE, add_option, 0, false},
	{"norelatime", T, TMPFS, G_MANY, NONE, add_option, 0, false},
	{"strictatime", T, TMPFS, G_MANY, NONE, add_option, 0, false},
	{"nostrictatime", T, TMPFS, G_MANY, NONE, ignore, 0, false},
	{"defaults", T, TMPFS, G_MANY, NONE, ignore, 0, false},
	{"type", M, ANY, G_MANY, TEXT, ignore, 0, false}, /* read before everything else */
	{"src", M, BIND | VOLUME, G_SOURCE, TEXT, set_text, AT(source), false},
	{"source", M, BIND | VOLUME, G_SOURCE, TEXT, set_text, AT(source), false},
	{"dst", M, ANY, G_TARGET, TEXT, set_text, AT(target), false},
	{"destination", M, ANY, G_TARGET, TEXT, set_text, AT(target), false},
	{"target", M, ANY, G_TARGET, TEXT, set_text, AT(target), false},
};

static const char *const kind_names[] = {
	[MOUNT_BIND] = "bind", [MOUNT_VOLUME] = "volume", [MOUNT_TMPFS] = "tmpfs"};

static bool row_applies(const struct row *row, const struct mount_parse *p)
{
	return (row->forms & p->form) && (row->kinds & (1u << p->request.kind));
}

/* Understood, so that who makes containers can tell that it doesn't make them: not offered. */
static bool is_offered(const struct row *row)
{
	return row->group != G_CHOWN && row->group != G_OVERLAY && row->group != G_IDMAP &&
	       row->group != G_SUBPATH && row->set != add_volume_option &&
	       row->set != add_volume_label;
}

static int refuse_unknown(const struct mount_parse *p, const char *name, struct err *err)
{
	const char *names[ARRAY_SIZE(rows)];
	_cleanup_(buf) struct buf list = BUF_INIT;
	bool elsewhere = false;
	const char *near;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (row_applies(&rows[i], p)) {
			if (!is_offered(&rows[i]))
				continue;
			buf_addf(&list, "%s%s", n ? ", " : "", rows[i].name);
			names[n++] = rows[i].name;
		} else if ((rows[i].forms & p->form) && strcmp(rows[i].name, name) == 0) {
			elsewhere = true;
		}
	}
	if (elsewhere)
		return err_set(err, ERR_INVALID,
			       "option '%.64s' does not apply to a %s mount, accepted: %s", name,
			       kind_names[p->request.kind], buf_str(&list));
	(void)err_set(err, ERR_INVALID, "unknown option '%.64s', accepted: %s", name,
		      buf_str(&list));
	near = str_nearest(name, names, n);
	return near ? err_hint(err, "did you mean '%s'?", near) : -1;
}

static int check_value(const struct mount_parse *p, const struct row *row, const char *value,
		       struct err *err)
{
	if (row->value == TEXT && !value)
		return err_set(err, ERR_INVALID, "option '%s' needs a value: %s=VALUE", row->name,
			       row->name);
	if (value && (row->value == NONE || (row->value == BOOL && p->form != MOUNT_FORM_LONG)))
		return err_set(err, ERR_INVALID, "option '%s' takes no value", row->name);
	return 0;
}

int mount_option_apply(struct mount_parse *p, const char *option, struct err *err)
{
	const char *equals = strchr(option, '=');
	size_t len = equals ? (size_t)(equals - option) : strlen(option);
	const char *value = equals ? equals + 1 : NULL;
	const struct row *row = NULL;
	const char **given;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && !row; i++)
		if (strlen(rows[i].name) == len && memcmp(rows[i].name, option, len) == 0 &&
		    row_applies(&rows[i], p))
			row = &rows[i];
	if (!row)
		return refuse_unknown(p, arena_strndup(p->arena, option, len), err);
	if (check_value(p, row, value, err) < 0)
		return -1;
	if (row->group != G_MANY) {
		given = &p->given[row->group - 1];
		if (*given && strcmp(*given, row->name) == 0)
			return err_set(err, ERR_INVALID, "option '%s' is given twice", row->name);
		if (*given)
			return err_set(err, ERR_INVALID, "options '%s' and '%s' exclude each other",
				       *given, row->name);
		*given = row->name;
	}
	return row->set(p, row, value, err);
}

/* Kinds of docker and podman. */
static const char *const refused_kinds[] = {
	"image", "npipe", "cluster", "devpts", "ramfs", "glob", "artifact",
};

int mount_kind_parse(const char *name, enum mount_kind *ret, struct err *err)
{
	const char *near;

	for (size_t i = 0; i < ARRAY_SIZE(kind_names); i++) {
		if (strcmp(name, kind_names[i]) == 0) {
			*ret = (enum mount_kind)i;
			return 0;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(refused_kinds); i++)
		if (strcmp(name, refused_kinds[i]) == 0)
			return err_set(err, ERR_UNSUPPORTED,
				       "type '%s' is not known to this version, accepted: bind, "
				       "volume, tmpfs",
				       name);
	(void)err_set(err, ERR_INVALID, "unknown type '%.64s', accepted: bind, volume, tmpfs",
		      name);
	near = str_nearest(name, kind_names, ARRAY_SIZE(kind_names));
	return near ? err_hint(err, "did you mean '%s'?", near) : -1;
}
