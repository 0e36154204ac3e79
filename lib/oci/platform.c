/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Platforms. The words come from Go's GOOS and GOARCH; machines and images spell them in more ways,
 * so both sides of a comparison are normalised first. A variant is ordered by its number: an ARMv7
 * machine runs v6 and v5 programs, an x86-64-v3 one runs v2 and v1.
 */
#include "oci/platform.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/strv.h"

struct alias {
	const char *word;
	const char *arch;
	const char *variant; /* NULL: the one that was given */
};

static const struct alias arch_aliases[] = {
	{"x86_64", "amd64", NULL},  {"x86-64", "amd64", NULL},
	{"aarch64", "arm64", NULL}, {"i386", "386", ""},
	{"i486", "386", ""},	    {"i586", "386", ""},
	{"i686", "386", ""},	    {"armhf", "arm", "v7"},
	{"armv7l", "arm", "v7"},    {"armv8l", "arm", "v8"},
	{"armel", "arm", "v6"},	    {"armv6l", "arm", "v6"},
	{"armv5tel", "arm", "v5"},  {"loongarch64", "loong64", NULL},
};

static const char *const known_arches[] = {
	"386",	    "amd64",  "arm",   "arm64",	  "loong64", "mips",  "mips64",
	"mips64le", "mipsle", "ppc64", "ppc64le", "riscv64", "s390x", "wasm",
};

static const char *const known_oses[] = {
	"linux",   "windows", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly",
	"solaris", "illumos", "aix",	"android", "plan9",  "wasip1",	"unknown",
};

static bool word_in(const char *const *words, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], s) == 0)
			return true;
	return false;
}

static void lower(char *s)
{
	for (; *s; s++)
		*s = (char)tolower((unsigned char)*s);
}

/* Variants that say nothing beyond the architecture become "", arm without one is v7. */
static void normalize_variant(struct platform *p)
{
	char v[sizeof(p->variant)];

	if (isdigit((unsigned char)p->variant[0]) && strlen(p->variant) + 1 < sizeof(v)) {
		v[0] = 'v';
		memcpy(v + 1, p->variant, strlen(p->variant) + 1);
		str_copy(p->variant, sizeof(p->variant), v);
	}
	if (strcmp(p->arch, "amd64") == 0 && strcmp(p->variant, "v1") == 0)
		p->variant[0] = '\0';
	if (strcmp(p->arch, "arm64") == 0 &&
	    (strcmp(p->variant, "v8") == 0 || strcmp(p->variant, "v8.0") == 0))
		p->variant[0] = '\0';
	if (strcmp(p->arch, "arm") == 0 && !p->variant[0])
		str_copy(p->variant, sizeof(p->variant), "v7");
}

/* Put aliases and case into the form that is compared: x86_64 is amd64, arm64/v8 is arm64. */
static void normalize(struct platform *p)
{
	lower(p->os);
	lower(p->arch);
	lower(p->variant);
	if (strcmp(p->os, "macos") == 0)
		str_copy(p->os, sizeof(p->os), "darwin");
	for (size_t i = 0; i < ARRAY_SIZE(arch_aliases); i++) {
		const struct alias *a = &arch_aliases[i];

		if (strcmp(p->arch, a->word) != 0)
			continue;
		str_copy(p->arch, sizeof(p->arch), a->arch);
		if (a->variant)
			str_copy(p->variant, sizeof(p->variant), a->variant);
		break;
	}
	normalize_variant(p);
}

/* Copy the next "/"-separated component of *s; false when it is empty, too long or has other bytes.
 */
static bool take_component(const char **s, char *ret, size_t size)
{
	size_t n = strcspn(*s, "/");

	if (n == 0 || n >= size)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)(*s)[i]) && !strchr("._-", (*s)[i]))
			return false;
	memcpy(ret, *s, n);
	ret[n] = '\0';
	*s += n;
	if (**s == '/')
		(*s)++;
	else
		*s = NULL;
	return true;
}

static int refuse(const char *s, const char *why, struct err *err)
{
	return err_set(err, ERR_INVALID, "invalid platform '%.100s': %s", s, why);
}

/* One word alone: an operating system on this machine's architecture, or an architecture for Linux.
 */
static int from_word(const char *s, struct platform *p, struct err *err)
{
	struct platform host;
	struct platform as_arch = {.os = "linux"};

	platform_host(&host);
	lower(p->os);
	str_copy(as_arch.arch, sizeof(as_arch.arch), p->os);
	normalize(&as_arch);
	if (word_in(known_arches, ARRAY_SIZE(known_arches), as_arch.arch)) {
		*p = as_arch;
		return 0;
	}
	if (strcmp(p->os, "macos") != 0 && !word_in(known_oses, ARRAY_SIZE(known_oses), p->os))
		return refuse(s,
			      "neither a known operating system nor a known architecture; "
			      "expected OS/ARCH[/VARIANT] such as linux/amd64 or linux/arm/v7",
			      err);
	str_copy(p->arch, sizeof(p->arch), host.arch);
	str_copy(p->variant, sizeof(p->variant), host.variant);
	normalize(p);
	return 0;
}

int platform_parse(const char *s, struct platform *ret, struct err *err)
{
	struct platform p = {.os = ""};
	const char *rest = s;

	if (!take_component(&rest, p.os, sizeof(p.os)) ||
	    (rest && !take_component(&rest, p.arch, sizeof(p.arch))) ||
	    (rest && !take_component(&rest, p.variant, sizeof(p.variant))) || rest)
		return refuse(
			s,
			"expected OS/ARCH[/VARIANT] such as linux/amd64 or linux/arm/v7, each of "
			"letters, digits, '.', '_' and '-'",
			err);
	if (!p.arch[0]) {
		if (from_word(s, &p, err) < 0)
			return -1;
	} else {
		normalize(&p);
	}
	*ret = p;
	return 0;
}

void platform_host(struct platform *ret)
{
	struct platform p = {.os = "linux"};
	struct utsname u;

	/* uname(2) fails only for a bad pointer. */
	if (uname(&u) == 0)
		str_copy(p.arch, sizeof(p.arch), u.machine);
	normalize(&p);
	*ret = p;
}

const char *platform_str(const struct platform *p, char *buf)
{
	(void)snprintf(buf, PLATFORM_STR_MAX, "%s/%s%s%s", p->os, p->arch, p->variant[0] ? "/" : "",
		       p->variant);
	return buf;
}

/* "v7" is 700, "v8.2" is 802; none is the architecture's lowest, 0; what is no number is -1. */
static int variant_level(const char *v)
{
	unsigned major, minor = 0;
	int end = 0;

	if (!*v)
		return 0;
	if (sscanf(v, "v%2u%n", &major, &end) != 1)
		return -1;
	v += end;
	if (*v == '.') {
		if (sscanf(v, ".%2u%n", &minor, &end) != 1)
			return -1;
		v += end;
	}
	return *v ? -1 : (int)(major * 100 + minor);
}

int platform_match(const struct platform *want, const struct platform *candidate)
{
	struct platform w = *want, c = *candidate;
	int want_level, level;

	normalize(&w);
	normalize(&c);
	if (strcmp(w.os, c.os) != 0 || strcmp(w.arch, c.arch) != 0)
		return 0;
	if (strcmp(w.variant, c.variant) == 0)
		return 100000;
	want_level = variant_level(w.variant);
	level = variant_level(c.variant);
	if (want_level < 0 || level < 0 || level > want_level)
		return 0;
	return 1 + level;
}
