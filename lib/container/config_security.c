/* SPDX-License-Identifier: Apache-2.0 */
/* Privileges: what the program may do, beyond what its namespaces already confine. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/path.h"
#include "base/strv.h"
#include "container/config_parts.h"
#include "os/caps.h"
#include "os/fd.h"
#include "sandbox/seccomp.h"

#define SECCOMP_PROFILE_MAX ((size_t)1 << 20)
#define CPUS_MAX	    1024

/* docker's documented default set, capabilities(7) numbers by name. */
static const char *const default_caps[] = {
	"CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",	   "CAP_FOWNER",
	"CAP_MKNOD",   "CAP_NET_RAW",	   "CAP_SETGID",	   "CAP_SETUID",
	"CAP_SETFCAP", "CAP_SETPCAP",	   "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
	"CAP_KILL",    "CAP_AUDIT_WRITE",
};

static const char *const masked_paths[] = {
	"/proc/asound",	    "/proc/acpi",	 "/proc/interrupts",
	"/proc/kcore",	    "/proc/keys",	 "/proc/latency_stats",
	"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
	"/proc/scsi",	    "/sys/firmware",	 "/sys/devices/virtual/powercap",
};

static const char *const readonly_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/* Add to or remove from *set the capability that s names, or all of them. */
static int change_caps(const char *option, const char *s, bool add, uint64_t *set, struct err *err)
{
	uint64_t bits;
	int n;

	if (!strcasecmp(s, "all")) {
		bits = cap_all();
	} else {
		n = cap_number(s);
		if (n < 0 || n > cap_last()) {
			err_set(err, ERR_INVALID, "%s '%s': no such capability", option, s);
			return err_hint(err,
					"ALL, or one of capabilities(7), with or without CAP_: %s "
					"NET_ADMIN",
					option);
		}
		bits = CAP_BIT(n);
	}
	*set = add ? *set | bits : *set & ~bits;
	return 0;
}

static bool has_all(char *const *caps)
{
	strv_foreach (s, caps)
		if (!strcasecmp(*s, "all"))
			return true;
	return false;
}

static int change_all(const char *option, char *const *caps, bool add, uint64_t *set,
		      struct err *err)
{
	strv_foreach (s, caps)
		if ((add || strcasecmp(*s, "all") != 0) &&
		    change_caps(option, *s, add, set, err) < 0)
			return -1;
	return 0;
}

/*
 * As docker: --cap-drop ALL first; then single drops and additions, which count more, unless ALL
 * are added. Unlike docker's, drops count with --privileged, too.
 */
static int decide_caps(const struct container_options *o, uint64_t *ret, struct err *err)
{
	bool all = has_all(o->cap_add);
	uint64_t set = 0;

	if (o->privileged) {
		set = cap_all();
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(default_caps); i++)
			set |= CAP_BIT(cap_number(default_caps[i]));
	}
	if (has_all(o->cap_drop))
		set = 0;
	if ((all && change_all("--cap-add", o->cap_add, true, &set, err) < 0) ||
	    change_all("--cap-drop", o->cap_drop, false, &set, err) < 0 ||
	    (!all && change_all("--cap-add", o->cap_add, true, &set, err) < 0))
		return -1;
	*ret = set;
	return 0;
}

static void cap_names(struct arena *a, uint64_t set, char ***strv, size_t *n)
{
	for (int i = 0; i < 64; i++)
		if (set & CAP_BIT(i))
			arena_strv_add(a, strv, n, arena_strdup(a, cap_name(i)));
}

struct security {
	const char *seccomp; /* NULL: the default; "unconfined" or a file */
	bool unmask_all;
	char **mask, **unmask;
};

static void add_paths(const char *list, char ***strv)
{
	_cleanup_strv_ char **parts = strv_split(list, ':');

	strv_foreach (p, parts)
		if (**p)
			strv_add(strv, *p);
}

/* Take one option's value; NULL where none was given. */
typedef int security_fn(const char *value, struct container_config *c, struct security *sec,
			struct err *err);

static int opt_no_new_privileges(const char *value, struct container_config *c,
				 struct security *sec, struct err *err)
{
	(void)sec;
	c->spec.process.no_new_privileges = true;
	return value ? parse_bool(value, &c->spec.process.no_new_privileges, err) : 0;
}

static int opt_seccomp(const char *value, struct container_config *c, struct security *sec,
		       struct err *err)
{
	(void)c;
	(void)err;
	sec->seccomp = value;
	return 0;
}

static int opt_mask(const char *value, struct container_config *c, struct security *sec,
		    struct err *err)
{
	(void)c;
	(void)err;
	add_paths(value, &sec->mask);
	return 0;
}

static int opt_unmask(const char *value, struct container_config *c, struct security *sec,
		      struct err *err)
{
	(void)c;
	(void)err;
	if (!strcasecmp(value, "all"))
		sec->unmask_all = true;
	else
		add_paths(value, &sec->unmask);
	return 0;
}

static int opt_systempaths(const char *value, struct container_config *c, struct security *sec,
			   struct err *err)
{
	(void)c;
	if (!str_eq(value, "unconfined"))
		return err_set(err, ERR_INVALID, "systempaths=%s: expected systempaths=unconfined",
			       value);
	sec->unmask_all = true;
	return 0;
}

static int opt_apparmor(const char *value, struct container_config *c, struct security *sec,
			struct err *err)
{
	(void)sec;
	(void)err;
	if (!str_eq(value, "unconfined"))
		c->spec.process.apparmor_profile = arena_strdup(&c->spec.arena, value);
	return 0;
}

static int opt_label(const char *value, struct container_config *c, struct security *sec,
		     struct err *err)
{
	(void)c;
	(void)sec;
	if (str_eq(value, "disable"))
		return 0;
	return err_set(err, ERR_UNSUPPORTED,
		       "label=%s: only label=disable is accepted, SELinux labels are not set",
		       value);
}

static const struct {
	const char *name;
	security_fn *fn;
	bool value_optional;
} security_options[] = {
	{"no-new-privileges", opt_no_new_privileges, true},
	{"seccomp", opt_seccomp, false},
	{"mask", opt_mask, false},
	{"unmask", opt_unmask, false},
	{"systempaths", opt_systempaths, false},
	{"apparmor", opt_apparmor, false},
	{"label", opt_label, false},
};

static int unknown_security_option(const char *s, const char *key, struct err *err)
{
	const char *names[ARRAY_SIZE(security_options)];
	const char *near;

	for (size_t i = 0; i < ARRAY_SIZE(security_options); i++)
		names[i] = security_options[i].name;
	near = str_nearest(key, names, ARRAY_SIZE(names));
	err_set(err, ERR_INVALID,
		"'%s' is not known; accepted are no-new-privileges, seccomp=, mask=, unmask=, "
		"systempaths=unconfined, apparmor=, label=disable",
		s);
	return near && !str_eq(near, key) ? err_hint(err, "did you mean '%s'?", near) : -1;
}

static int parse_security_opt(const char *s, struct container_config *c, struct security *sec,
			      struct err *err)
{
	_cleanup_free_ char *key = xstrndup(s, strcspn(s, "=:"));
	const char *value = s[strlen(key)] ? s + strlen(key) + 1 : NULL;

	for (size_t i = 0; i < ARRAY_SIZE(security_options); i++) {
		if (!str_eq(key, security_options[i].name))
			continue;
		if (!value && !security_options[i].value_optional)
			return err_set(err, ERR_INVALID, "'%s': a value is missing: %s=...", s,
				       key);
		return security_options[i].fn(value, c, sec, err);
	}
	return unknown_security_option(s, key, err);
}

static int config_seccomp(const struct container_options *o, const struct security *sec,
			  struct container_config *c, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct spec_seccomp *s;

	if ((!sec->seccomp && o->privileged) || str_eq(sec->seccomp, "unconfined"))
		return 0;
	s = arena_alloc(&c->spec.arena, sizeof(*s));
	if (!sec->seccomp || str_eq(sec->seccomp, "builtin")) {
		s->builtin = true;
	} else {
		if (file_read_all(AT_FDCWD, sec->seccomp, SECCOMP_PROFILE_MAX, &text, err)) {
			err_ctx(err, "seccomp profile");
			return err_hint(
				err,
				"--security-opt seccomp=unconfined, or the path of a JSON profile");
		}
		if (seccomp_profile_parse(buf_str(&text), sec->seccomp, c->caps, &c->spec.arena, s,
					  err))
			return -1;
	}
	c->spec.linux_.seccomp = s;
	return 0;
}

static void add_mask(struct container_config *c, const struct security *sec, const char *path)
{
	struct spec_linux *l = &c->spec.linux_;

	if (!strv_has(sec->unmask, path))
		arena_strv_add(&c->spec.arena, &l->masked_paths, &l->n_masked_paths,
			       arena_strdup(&c->spec.arena, path));
}

/*
 * A processor's thermal throttling tells of its neighbours' load; only hardware has it, and only
 * for processors that are on, of which the first is one.
 */
static void mask_thermal_throttle(struct container_config *c, const struct security *sec)
{
	char path[80];

	for (unsigned i = 0; i < CPUS_MAX; i++) {
		int len = snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u", i);

		snprintf(path + len, sizeof(path) - (size_t)len, "/thermal_throttle");
		if (access(path, F_OK) == 0) {
			add_mask(c, sec, path);
			continue;
		}
		path[len] = '\0';
		if (i == 0 || access(path, F_OK) != 0)
			break;
	}
}

static void config_masks(const struct container_options *o, const struct security *sec,
			 struct container_config *c)
{
	struct arena *a = &c->spec.arena;
	struct spec_linux *l = &c->spec.linux_;

	if (!o->privileged && !sec->unmask_all) {
		for (size_t i = 0; i < ARRAY_SIZE(masked_paths); i++)
			add_mask(c, sec, masked_paths[i]);
		mask_thermal_throttle(c, sec);
		for (size_t i = 0; i < ARRAY_SIZE(readonly_paths); i++)
			if (!strv_has(sec->unmask, readonly_paths[i]))
				arena_strv_add(a, &l->readonly_paths, &l->n_readonly_paths,
					       arena_strdup(a, readonly_paths[i]));
	}
	strv_foreach (p, sec->mask)
		arena_strv_add(a, &l->masked_paths, &l->n_masked_paths, arena_strdup(a, *p));
}

static int config_sysctls(const struct container_options *o, struct container_config *c,
			  struct err *err)
{
	struct arena *a = &c->spec.arena;
	struct spec_linux *l = &c->spec.linux_;

	strv_foreach (s, o->sysctl) {
		const char *eq = strchr(*s, '=');
		struct json_pair *p;

		if (!eq || eq == *s)
			return err_set(err, ERR_INVALID, "--sysctl '%s': expected NAME=VALUE", *s);
		p = arena_push(a, l->sysctl, l->n_sysctl);
		p->key = arena_strndup(a, *s, (size_t)(eq - *s));
		p->value = arena_strdup(a, eq + 1);
	}
	return 0;
}

int config_security(const struct container_options *o, struct container_config *c, struct err *err)
{
	struct arena *a = &c->spec.arena;
	struct spec_capabilities *caps = arena_alloc(a, sizeof(*caps));
	struct security sec = {.seccomp = NULL};
	int r = -1;

	if (decide_caps(o, &c->caps, err))
		return -1;
	cap_names(a, c->caps, &caps->bounding, &caps->n_bounding);
	cap_names(a, c->caps, &caps->effective, &caps->n_effective);
	cap_names(a, c->caps, &caps->permitted, &caps->n_permitted);
	c->spec.process.capabilities = caps;
	strv_foreach (s, o->security_opt)
		if (parse_security_opt(*s, c, &sec, err)) {
			err_ctx(err, "--security-opt");
			goto out;
		}
	config_masks(o, &sec, c);
	if (config_seccomp(o, &sec, c, err) || config_sysctls(o, c, err))
		goto out;
	r = 0;
out:
	strv_free(sec.mask);
	strv_free(sec.unmask);
	return r;
}
