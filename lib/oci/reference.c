/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image references, by the grammar of distribution/reference:
 *
 *	reference := [ domain "/" ] path [ ":" tag ] [ "@" digest ]
 *	domain    := host [ ":" digits ]
 *	host      := label { "." label } | "[" hex and colons "]"
 *	label     := letters and digits, with "-" inside
 *	path      := component { "/" component }
 *	component := alnum { ( "." | "_" | "__" | "-"... ) alnum }, lower case
 *	tag       := [A-Za-z0-9_] [A-Za-z0-9_.-]{0,127}
 *
 * Which slash ends the domain can't be told from the grammar. Docker's rule: the first component is
 *a domain when it holds "." or ":" or upper case, or is "localhost"; everything else is on
 *docker.io, where a name of one component belongs to "library".
 */
#include "oci/reference.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/strv.h"

#define DEFAULT_DOMAIN	"docker.io"
#define LEGACY_DOMAIN	"index.docker.io"
#define OFFICIAL_PREFIX "library/"
#define DEFAULT_TAG	"latest"

struct slice {
	const char *at;
	size_t len;
};

static bool slice_is(struct slice s, const char *word)
{
	return s.len == strlen(word) && memcmp(s.at, word, s.len) == 0;
}

static bool slice_has_upper(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] >= 'A' && s.at[i] <= 'Z')
			return true;
	return false;
}

/* ctype.h's answers depend on the locale; names do not. */
static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
	return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

static bool looks_like_domain(struct slice first)
{
	return slice_is(first, "localhost") || memchr(first.at, '.', first.len) ||
	       memchr(first.at, ':', first.len) || slice_has_upper(first);
}

/* label { "." label } */
static bool host_valid(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool inside = i > 0 && i + 1 < len && s[i - 1] != '.' && s[i + 1] != '.';

		if (is_alnum(s[i]) || (s[i] == '-' && inside))
			continue;
		if (s[i] != '.' || i == 0 || i + 1 == len || s[i - 1] == '.')
			return false;
	}
	return len > 0;
}

/* "[" hex digits and colons "]": length with the brackets, 0 when it is none. */
static size_t ipv6_len(struct slice d)
{
	size_t i = 1;

	if (!d.len || d.at[0] != '[')
		return 0;
	while (i < d.len && (isxdigit((unsigned char)d.at[i]) || d.at[i] == ':'))
		i++;
	return i > 1 && i < d.len && d.at[i] == ']' ? i + 1 : 0;
}

static bool domain_valid(struct slice d)
{
	size_t host = ipv6_len(d);

	if (!host) {
		const char *colon = memchr(d.at, ':', d.len);

		host = colon ? (size_t)(colon - d.at) : d.len;
		if (!host_valid(d.at, host))
			return false;
	}
	if (host == d.len)
		return true;
	if (d.at[host] != ':' || host + 1 == d.len)
		return false;
	for (size_t i = host + 1; i < d.len; i++)
		if (d.at[i] < '0' || d.at[i] > '9')
			return false;
	return true;
}

/* alnum { separator alnum }, where a separator is ".", "_", "__" or any number of "-". */
static bool component_valid(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t n = 0;

		if (!is_lower_alnum(s[i]))
			return false;
		while (i < len && is_lower_alnum(s[i]))
			i++;
		if (i == len)
			return true;
		while (i + n < len && s[i + n] == s[i])
			n++;
		if (!(s[i] == '-' || (s[i] == '.' && n == 1) || (s[i] == '_' && n <= 2)))
			return false;
		i += n;
	}
	return false;
}

static bool tag_valid(struct slice t)
{
	if (!t.len || t.len > REFERENCE_TAG_MAX || t.at[0] == '.' || t.at[0] == '-')
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!is_alnum(t.at[i]) && !strchr("_.-", t.at[i]))
			return false;
	return true;
}

static int refuse(const char *s, struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int refuse(const char *s, struct err *err, const char *fmt, ...)
{
	char why[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return err_set(err, ERR_INVALID, "invalid image reference '%.300s': %s", s, why);
}

static int refuse_upper(const char *s, struct slice path, struct err *err)
{
	char low[ERR_HINT_MAX];

	(void)refuse(s, err, "repository name '%.*s' must be lower case", (int)path.len, path.at);
	if (!str_copy(low, sizeof(low), s))
		return -1;
	for (size_t i = 0; i < path.len; i++) {
		char *c = &low[(size_t)(path.at - s) + i];

		*c = (char)tolower((unsigned char)*c);
	}
	return err_hint(err, "use '%s'", low);
}

/* Mistakes that deserve a word of their own. */
static int check_whole(const char *s, struct err *err)
{
	size_t len = strlen(s);

	if (!len)
		return refuse(s, err, "it is empty, expected [REGISTRY/]NAME[:TAG][@DIGEST]");
	if (len >= REFERENCE_STR_MAX)
		return refuse(s, err, "it has %zu bytes, at most %zu are accepted", len,
			      (size_t)REFERENCE_STR_MAX - 1);
	if (len == 64 && hex_valid(s, len))
		return refuse(s, err, "64 hexadecimal digits are an image id, not a name");
	if (strstr(s, "://")) {
		(void)refuse(s, err, "it is a URL, expected [REGISTRY/]NAME[:TAG][@DIGEST]");
		return err_hint(err, "leave out '%.*s'", (int)(strstr(s, "://") - s) + 3, s);
	}
	return 0;
}

static int check_path(const char *s, struct slice path, struct err *err)
{
	const char *end = path.at + path.len;

	if (!path.len)
		return refuse(s, err, "the repository name is missing");
	if (slice_has_upper(path))
		return refuse_upper(s, path, err);
	for (const char *c = path.at; c <= end;) {
		const char *slash = memchr(c, '/', (size_t)(end - c));
		size_t len = (size_t)((slash ? slash : end) - c);

		if (!len)
			return refuse(s, err, "a component of the repository name is empty");
		if (!component_valid(c, len))
			return refuse(
				s, err,
				"'%.*s' is no repository name, expected lower-case letters and "
				"digits joined by '.', '_', '__' or '-'",
				(int)len, c);
		c += len + 1;
	}
	return 0;
}

static int set_name(const char *s, struct slice domain, struct slice path, struct reference *r,
		    struct err *err)
{
	bool hub =
		!domain.len || slice_is(domain, DEFAULT_DOMAIN) || slice_is(domain, LEGACY_DOMAIN);
	bool official = hub && !memchr(path.at, '/', path.len);
	struct slice d = hub ? (struct slice){DEFAULT_DOMAIN, strlen(DEFAULT_DOMAIN)} : domain;
	size_t len = d.len + 1 + (official ? strlen(OFFICIAL_PREFIX) : 0) + path.len;

	if (len > REFERENCE_NAME_MAX)
		return refuse(s, err,
			      "the name '%.*s' has %zu bytes with its registry, at most %d are "
			      "accepted",
			      (int)path.len, path.at, len, REFERENCE_NAME_MAX);
	(void)snprintf(r->domain, sizeof(r->domain), "%.*s", (int)d.len, d.at);
	(void)snprintf(r->path, sizeof(r->path), "%s%.*s", official ? OFFICIAL_PREFIX : "",
		       (int)path.len, path.at);
	return 0;
}

/* The part behind the name: [":" tag]["@" digest]. */
static int set_suffix(const char *s, const char *rest, struct reference *r, struct err *err)
{
	struct slice tag = {rest, 0};

	if (*rest == ':') {
		tag = (struct slice){rest + 1, strcspn(rest + 1, "@")};
		if (!tag.len)
			return refuse(s, err, "the tag behind ':' is missing");
		if (!tag_valid(tag))
			return refuse(
				s, err,
				"tag '%.*s' is refused, expected up to %d letters, digits, '_', "
				"'.' and '-', not beginning with '.' or '-'",
				(int)tag.len, tag.at, REFERENCE_TAG_MAX);
		memcpy(r->tag, tag.at, tag.len);
		rest = tag.at + tag.len;
	}
	if (*rest == '@' && digest_parse(rest + 1, &r->digest, err) < 0)
		return err_ctx(err, "invalid image reference '%.300s'", s);
	if (!*rest && !r->tag[0])
		str_copy(r->tag, sizeof(r->tag), DEFAULT_TAG);
	return 0;
}

int reference_parse(const char *s, struct reference *ret, struct err *err)
{
	struct reference r = {.domain = ""};
	struct slice domain = {s, 0}, path;
	const char *slash = strchr(s, '/');
	const char *name = s;

	if (check_whole(s, err) < 0)
		return -1;
	if (slash) {
		struct slice first = {s, (size_t)(slash - s)};

		if (looks_like_domain(first)) {
			domain = first;
			name = slash + 1;
		}
	}
	if (domain.len && !domain_valid(domain))
		return refuse(s, err, "'%.*s' is no registry, expected HOST[:PORT]",
			      (int)domain.len, domain.at);
	path = (struct slice){name, strcspn(name, ":@")};
	if (check_path(s, path, err) < 0 || set_name(s, domain, path, &r, err) < 0 ||
	    set_suffix(s, path.at + path.len, &r, err) < 0)
		return -1;
	*ret = r;
	return 0;
}

/* Append ":tag" and "@digest" where there are such. */
static void add_suffix(const struct reference *r, char *buf)
{
	char digest[DIGEST_STR_MAX];
	size_t len = strlen(buf);
	bool has_digest = digest_is_set(&r->digest);

	(void)snprintf(buf + len, REFERENCE_STR_MAX - len, "%s%s%s%s", r->tag[0] ? ":" : "", r->tag,
		       has_digest ? "@" : "", has_digest ? digest_str(&r->digest, digest) : "");
}

const char *reference_name(const struct reference *r, char *buf)
{
	(void)snprintf(buf, REFERENCE_STR_MAX, "%s/%s", r->domain, r->path);
	return buf;
}

const char *reference_str(const struct reference *r, char *buf)
{
	(void)reference_name(r, buf);
	add_suffix(r, buf);
	return buf;
}

const char *reference_familiar(const struct reference *r, bool with_tag, char *buf)
{
	const char *slash = strchr(r->path, '/');
	const char *rest;

	if (strcmp(r->domain, DEFAULT_DOMAIN) != 0)
		(void)reference_name(r, buf);
	else if (str_prefix(r->path, OFFICIAL_PREFIX, &rest) && !strchr(rest, '/'))
		str_copy(buf, REFERENCE_STR_MAX, rest);
	else if (slash && looks_like_domain((struct slice){r->path, (size_t)(slash - r->path)}))
		(void)reference_name(r, buf); /* "a.b/c" alone would be read as on registry a.b */
	else
		str_copy(buf, REFERENCE_STR_MAX, r->path);
	if (with_tag)
		add_suffix(r, buf);
	return buf;
}

bool reference_eq(const struct reference *a, const struct reference *b)
{
	return strcmp(a->domain, b->domain) == 0 && strcmp(a->path, b->path) == 0 &&
	       strcmp(a->tag, b->tag) == 0 && digest_eq(&a->digest, &b->digest);
}
