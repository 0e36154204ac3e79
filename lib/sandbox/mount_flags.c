/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/mount_flags.h"

#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>

#include "base/strv.h"

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

enum flag_kind {
	FLAG_SET,
	FLAG_CLEAR,
	FLAG_ATIME, /* the access-time field: all of it is replaced */
	FLAG_PROPAGATION,
	FLAG_SUPER, /* of the file system: handed to fsconfig(2) */
	FLAG_NONE,  /* the default, or without effect on Linux today */
};

struct flag {
	const char *name;
	enum flag_kind kind;
	uint64_t value;
};

/* Without the leading "r" of the recursive forms. */
static const struct flag flags[] = {
	{"ro", FLAG_SET, MOUNT_ATTR_RDONLY},
	{"rw", FLAG_CLEAR, MOUNT_ATTR_RDONLY},
	{"nosuid", FLAG_SET, MOUNT_ATTR_NOSUID},
	{"suid", FLAG_CLEAR, MOUNT_ATTR_NOSUID},
	{"nodev", FLAG_SET, MOUNT_ATTR_NODEV},
	{"dev", FLAG_CLEAR, MOUNT_ATTR_NODEV},
	{"noexec", FLAG_SET, MOUNT_ATTR_NOEXEC},
	{"exec", FLAG_CLEAR, MOUNT_ATTR_NOEXEC},
	{"nosymfollow", FLAG_SET, MOUNT_ATTR_NOSYMFOLLOW},
	{"symfollow", FLAG_CLEAR, MOUNT_ATTR_NOSYMFOLLOW},
	{"nodiratime", FLAG_SET, MOUNT_ATTR_NODIRATIME},
	{"diratime", FLAG_CLEAR, MOUNT_ATTR_NODIRATIME},
	{"noatime", FLAG_ATIME, MOUNT_ATTR_NOATIME},
	{"atime", FLAG_ATIME, MOUNT_ATTR_RELATIME},
	{"relatime", FLAG_ATIME, MOUNT_ATTR_RELATIME},
	{"norelatime", FLAG_ATIME, MOUNT_ATTR_STRICTATIME},
	{"strictatime", FLAG_ATIME, MOUNT_ATTR_STRICTATIME},
	{"nostrictatime", FLAG_ATIME, MOUNT_ATTR_RELATIME},
};

/* Those without recursive forms: propagation says by its own "r" how far it goes. */
static const struct flag plain_flags[] = {
	{"private", FLAG_PROPAGATION, MS_PRIVATE},
	{"rprivate", FLAG_PROPAGATION, MS_PRIVATE | MS_REC},
	{"shared", FLAG_PROPAGATION, MS_SHARED},
	{"rshared", FLAG_PROPAGATION, MS_SHARED | MS_REC},
	{"slave", FLAG_PROPAGATION, MS_SLAVE},
	{"rslave", FLAG_PROPAGATION, MS_SLAVE | MS_REC},
	{"unbindable", FLAG_PROPAGATION, MS_UNBINDABLE},
	{"runbindable", FLAG_PROPAGATION, MS_UNBINDABLE | MS_REC},
	{"sync", FLAG_SUPER, 0},
	{"dirsync", FLAG_SUPER, 0},
	{"lazytime", FLAG_SUPER, 0},
	{"defaults", FLAG_NONE, 0},
	{"async", FLAG_NONE, 0},
	{"silent", FLAG_NONE, 0},
	{"loud", FLAG_NONE, 0},
	{"mand", FLAG_NONE, 0},
	{"nomand", FLAG_NONE, 0},
	{"iversion", FLAG_NONE, 0},
	{"noiversion", FLAG_NONE, 0},
	{"nolazytime", FLAG_NONE, 0},
	{"z", FLAG_NONE, 0},
	{"Z", FLAG_NONE, 0},
};

static const struct flag *flag_find(const struct flag *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

/* The last option of contradicting ones counts. */
static void flag_apply(const struct flag *f, uint64_t *set, uint64_t *clear)
{
	if (f->kind == FLAG_CLEAR) {
		*clear |= f->value;
		*set &= ~f->value;
	} else if (f->kind == FLAG_ATIME) {
		*clear |= MOUNT_ATTR__ATIME;
		*set = (*set & ~(uint64_t)MOUNT_ATTR__ATIME) | f->value;
	} else {
		*set |= f->value;
		*clear &= ~f->value;
	}
}

static bool plain_flag_apply(const char *o, struct arena *a, struct mount_flags *m)
{
	const struct flag *f = flag_find(plain_flags, ARRAY_SIZE(plain_flags), o);

	if (!f)
		return false;
	if (f->kind == FLAG_PROPAGATION) {
		m->propagation = (unsigned long)f->value & ~(unsigned long)MS_REC;
		m->propagation_rec = f->value & MS_REC;
	} else if (f->kind == FLAG_SUPER) {
		arena_strv_add(a, &m->data, &m->n_data, f->name);
	}
	return true;
}

/* "bind", "idmap" and other words that say what to do rather than how the mount is. */
static bool word_apply(const char *o, struct mount_flags *m)
{
	if (strcmp(o, "bind") == 0) {
		m->bind = true;
	} else if (strcmp(o, "rbind") == 0) {
		m->bind = true;
		m->recursive = true;
	} else if (strcmp(o, "tmpcopyup") == 0 || strcmp(o, "copyup") == 0) {
		m->copy_up = true;
	} else if (strcmp(o, "idmap") == 0) {
		m->idmap = true;
	} else if (strcmp(o, "ridmap") == 0) {
		m->idmap = true;
		m->idmap_rec = true;
	} else {
		return false;
	}
	return true;
}

int mount_flags_parse(char *const *options, size_t n, const char *target, struct arena *a,
		      struct mount_flags *ret, struct err *err)
{
	struct mount_flags m = {.data = NULL};

	for (size_t i = 0; i < n; i++) {
		const char *o = options[i];
		const struct flag *f = flag_find(flags, ARRAY_SIZE(flags), o);

		if (str_empty(o))
			return err_set(err, ERR_INVALID, "mount on '%s': an option is empty",
				       target);
		if (strcmp(o, "remount") == 0)
			return err_set(err, ERR_UNSUPPORTED,
				       "mount on '%s': option 'remount' changes a mount that "
				       "exists; a container begins with none",
				       target);
		if (f) {
			flag_apply(f, &m.set, &m.clear);
			continue;
		}
		if (o[0] == 'r' && (f = flag_find(flags, ARRAY_SIZE(flags), o + 1))) {
			flag_apply(f, &m.rec_set, &m.rec_clear);
			continue;
		}
		if (word_apply(o, &m) || plain_flag_apply(o, a, &m))
			continue;
		arena_strv_add(a, &m.data, &m.n_data, o);
	}
	*ret = m;
	return 0;
}
