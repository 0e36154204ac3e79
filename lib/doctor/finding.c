/* SPDX-License-Identifier: Apache-2.0 */
/* Wording findings: what differs between distributions and users. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/strv.h"
#include "cli/utf8.h"
#include "doctor/judge.h"

enum manager {
	MANAGER_APT,
	MANAGER_DNF,
	MANAGER_ZYPPER,
	MANAGER_APK,
	MANAGER_PACMAN,
	MANAGER_COUNT,
};

static const char *const install[MANAGER_COUNT] = {
	[MANAGER_APT] = "apt install",	     [MANAGER_DNF] = "dnf install",
	[MANAGER_ZYPPER] = "zypper install", [MANAGER_APK] = "apk add",
	[MANAGER_PACMAN] = "pacman -S",
};

static const struct {
	const char *id; /* of os-release, or a word of ID_LIKE */
	enum manager manager;
} distributions[] = {
	{"debian", MANAGER_APT},      {"ubuntu", MANAGER_APT}, {"fedora", MANAGER_DNF},
	{"rhel", MANAGER_DNF},	      {"centos", MANAGER_DNF}, {"suse", MANAGER_ZYPPER},
	{"opensuse", MANAGER_ZYPPER}, {"alpine", MANAGER_APK}, {"arch", MANAGER_PACMAN},
};

static const char *const packages[PACKAGE_COUNT][MANAGER_COUNT] = {
	[PACKAGE_CURL] = {"libcurl4", "libcurl", "libcurl4", "libcurl", "curl"},
	[PACKAGE_CRYPTO] = {"libssl3", "openssl-libs", "libopenssl3", "libcrypto3", "openssl"},
	[PACKAGE_DBUS] = {"dbus-user-session", "dbus-daemon", "dbus-1", "dbus", "dbus"},
	[PACKAGE_ISAL] = {"libisal2", "isa-l", "libisal2", "isa-l", "isa-l"},
	[PACKAGE_PASTA] = {"passt", "passt", "passt", "passt", "passt"},
	[PACKAGE_QEMU] = {"qemu-user-static binfmt-support", "qemu-user-static", "qemu-linux-user",
			  "qemu-openrc", "qemu-user-static qemu-user-static-binfmt"},
	[PACKAGE_SLIRP] = {"libslirp0", "libslirp", "libslirp0", "libslirp", "libslirp"},
	[PACKAGE_SYSTEMD] = {"libsystemd0", "systemd-libs", "libsystemd0", "libelogind",
			     "systemd-libs"},
	[PACKAGE_UIDMAP] = {"uidmap", "shadow-utils", "shadow", "shadow-uidmap", "shadow"},
};

/* One line, and nothing that a terminal would act on: paths and settings may hold anything. */
static char *line(struct arena *a, char *text)
{
	for (char *s = text; *s;) {
		size_t n;

		if (utf8_is_control(utf8_decode(s, &n)))
			memset(s, '?', n);
		s += n;
	}
	return arena_strdup(a, text);
}

void finding_set(struct doctor_finding *f, enum doctor_severity s, const char *fmt, ...)
{
	char text[OBSERVE_PATH * 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f->severity = s;
	f->seen = line(f->arena, text);
}

void finding_means(struct doctor_finding *f, const char *fmt, ...)
{
	char text[OBSERVE_PATH * 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f->means = line(f->arena, text);
}

void finding_mend(struct doctor_finding *f, const char *fmt, ...)
{
	char text[OBSERVE_PATH * 4];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f->mend = line(f->arena, text);
}

void finding_mend_root(struct doctor_finding *f, const struct observations *o, const char *fmt, ...)
{
	char text[OBSERVE_PATH * 4];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	finding_mend(f, "%s%s", o->user.uid == 0 ? "" : "sudo ", text);
}

/* Is word among the blank-separated words of text? */
static bool has_word(const char *text, const char *word)
{
	_cleanup_strv_ char **words = strv_split(text, ' ');

	return strv_has(words, word);
}

static enum manager manager_of(const struct observe_host *h)
{
	for (size_t i = 0; i < ARRAY_SIZE(distributions); i++)
		if (str_eq(h->distribution, distributions[i].id))
			return distributions[i].manager;
	for (size_t i = 0; i < ARRAY_SIZE(distributions); i++)
		if (has_word(h->like, distributions[i].id))
			return distributions[i].manager;
	return MANAGER_APT;
}

void finding_mend_install(struct doctor_finding *f, const struct observations *o, enum package p)
{
	enum manager m = manager_of(&o->host);

	finding_mend_root(f, o, "%s %s", install[m], packages[p][m]);
}

bool finding_rootless_only(struct doctor_finding *f, const struct observations *o)
{
	if (o->user.rootless)
		return false;
	finding_set(f, DOCTOR_SKIPPED, "root makes containers without it");
	return true;
}

const char *finding_quote(const struct doctor_finding *f, const char *path)
{
	_cleanup_(buf) struct buf b = BUF_INIT;

	if (!path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			       "/._-+,:@%")])
		return path;
	buf_addc(&b, '\'');
	for (; *path; path++) {
		if (*path == '\'')
			buf_adds(&b, "'\\'");
		buf_addc(&b, *path);
	}
	buf_addc(&b, '\'');
	return arena_strdup(f->arena, buf_str(&b));
}

const char *finding_user(const struct doctor_finding *f, const struct observations *o)
{
	return *o->user.name ? o->user.name : arena_printf(f->arena, "%u", o->user.uid);
}

void finding_mend_xdg(struct doctor_finding *f, const struct observations *o)
{
	unsigned uid = o->user.uid, gid = o->user.gid;

	if (o->run.usual)
		finding_mend(f, "export XDG_RUNTIME_DIR=/run/user/%u", uid);
	else if (o->host.systemd)
		finding_mend_root(f, o,
				  "loginctl enable-linger %s && export "
				  "XDG_RUNTIME_DIR=/run/user/%u",
				  finding_user(f, o), uid);
	else
		finding_mend_root(f, o,
				  "install -d -m 700 -o %u -g %u /run/user/%u && export "
				  "XDG_RUNTIME_DIR=/run/user/%u",
				  uid, gid, uid, uid);
}
