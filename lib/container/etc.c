/* SPDX-License-Identifier: Apache-2.0 */
/* /etc/hosts, /etc/hostname and /etc/resolv.conf: ours, in $RUN, bound over the image's. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/strv.h"
#include "container/mounts.h"
#include "os/fd.h"

#define ETC_FILE_MAX ((size_t)1 << 20)
#define HOST_CHARS   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

static bool user_mounts(const struct container_config *c, const char *target)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		if (str_eq(c->mounts[i].target, target))
			return true;
	return false;
}

static const char *const names[ETC_FILES] = {
	[ETC_HOSTS] = "hosts",
	[ETC_HOSTNAME] = "hostname",
	[ETC_RESOLV] = "resolv.conf",
};

/* Mount $RUN/containers/<id>/<name> at /etc/<name>, read-only where all the rest is, as docker. */
static void add_mount(const struct store *s, const char *id, const char *name, bool read_only,
		      struct container_config *c)
{
	struct arena *a = &c->spec.arena;
	struct spec_mount *m = arena_push(a, c->spec.mounts, c->spec.n_mounts);

	m->destination = arena_printf(a, "/etc/%s", name);
	m->type = arena_strdup(a, "bind");
	m->source = arena_printf(a, "%s/containers/%s/%s", s->run_path, id, name);
	arena_strv_add(a, &m->options, &m->n_options, arena_strdup(a, "bind"));
	arena_strv_add(a, &m->options, &m->n_options, arena_strdup(a, "rprivate"));
	if (read_only)
		arena_strv_add(a, &m->options, &m->n_options, arena_strdup(a, "ro"));
}

static void add_host_file(const char *path, struct buf *out)
{
	struct err ignored = ERR_INIT;

	/* A host without the file has a container without its lines. */
	if (!file_read_all(AT_FDCWD, path, ETC_FILE_MAX, out, &ignored) && out->len &&
	    out->data[out->len - 1] != '\n')
		buf_addc(out, '\n');
}

/* --add-host NAME:IP (or NAME=IP); an IPv6 address may stand in brackets. */
static int add_hosts_line(const char *s, struct buf *out, struct err *err)
{
	size_t len = strcspn(s, ":=");
	_cleanup_free_ char *ip = NULL;
	unsigned char addr[16];

	if (len && s[len] && strspn(s, HOST_CHARS) >= len) {
		const char *text = s + len + 1;
		size_t n = strlen(text);

		if (n > 1 && *text == '[' && text[n - 1] == ']') {
			text++;
			n -= 2;
		}
		ip = xstrndup(text, n);
		if (inet_pton(AF_INET, ip, addr) == 1 || inet_pton(AF_INET6, ip, addr) == 1) {
			buf_addf(out, "%s\t%.*s\n", ip, (int)len, s);
			return 0;
		}
	}
	if (len && s[len] && str_eq(s + len + 1, "host-gateway"))
		return err_set(err, ERR_UNSUPPORTED,
			       "--add-host '%s': host-gateway needs a private network, which this "
			       "version has not",
			       s),
		       err_hint(err, "with --network host, --add-host %.*s:127.0.0.1", (int)len, s);
	err_set(err, ERR_INVALID, "--add-host '%s': expected NAME:IP", s);
	return err_hint(err, "--add-host db:10.0.0.5");
}

/* The container's own name: whole, and without its domain. */
static void add_own_name(const struct container_config *c, struct buf *out)
{
	const char *domain = c->record.domainname;
	size_t len = strcspn(c->record.hostname, ".");

	buf_addf(out, "127.0.1.1\t%s", c->record.hostname);
	if (!str_empty(domain))
		buf_addf(out, ".%s", domain);
	if (len && (c->record.hostname[len] || !str_empty(domain)))
		buf_addf(out, " %.*s", (int)len, c->record.hostname);
	buf_addc(out, '\n');
}

static int make_hosts(const struct container_options *o, struct container_config *c,
		      struct buf *out, struct err *err)
{
	if (c->host_network) {
		add_host_file("/etc/hosts", out);
	} else {
		buf_adds(out, "127.0.0.1\tlocalhost\n"
			      "::1\tlocalhost ip6-localhost ip6-loopback\n"
			      "fe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\n"
			      "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n");
		add_own_name(c, out);
	}
	strv_foreach (h, o->add_host)
		if (add_hosts_line(*h, out, err))
			return -1;
	return 0;
}

/* What would begin another line, or a field that nobody asked for. */
static int check_word(const char *option, const char *s, struct err *err)
{
	if (*s && !s[strcspn(s, " \t\r\n")])
		return 0;
	return err_set(err, ERR_INVALID, "%s '%s': expected one word without blanks", option, s);
}

/* One line: of several, resolvers take the last. */
static int add_words(char *const *words, const char *option, const char *keyword, struct buf *out,
		     struct err *err)
{
	const char *before = keyword;

	strv_foreach (s, words) {
		if (check_word(option, *s, err))
			return -1;
		if (str_eq(*s, ".")) /* docker's way to ask for no search domain */
			continue;
		buf_addf(out, "%s %s", before, *s);
		before = "";
	}
	if (before != keyword)
		buf_addc(out, '\n');
	return 0;
}

static int add_servers(char *const *servers, struct buf *out, struct err *err)
{
	strv_foreach (s, servers) {
		unsigned char addr[16];

		if (inet_pton(AF_INET, *s, addr) != 1 && inet_pton(AF_INET6, *s, addr) != 1) {
			err_set(err, ERR_INVALID, "--dns '%s': expected an IP address", *s);
			return err_hint(err, "--dns 10.0.0.53");
		}
		buf_addf(out, "nameserver %s\n", *s);
	}
	return 0;
}

static bool begins_with_word(const char *line, const char *word)
{
	const char *rest;

	return str_prefix(line, word, &rest) && (*rest == ' ' || *rest == '\t');
}

/* Each option replaces the host's lines of its kind; the others stay. */
static int make_resolv(const struct container_options *o, struct buf *out, struct err *err)
{
	_cleanup_(buf) struct buf host = BUF_INIT;
	char *rest, *line;

	if (add_words(o->dns_search, "--dns-search", "search", out, err) ||
	    add_servers(o->dns, out, err) ||
	    add_words(o->dns_option, "--dns-option", "options", out, err))
		return -1;
	add_host_file("/etc/resolv.conf", &host);
	rest = host.data;
	while ((line = strsep(&rest, "\n"))) {
		if ((o->dns_search &&
		     (begins_with_word(line, "search") || begins_with_word(line, "domain"))) ||
		    (o->dns && begins_with_word(line, "nameserver")) ||
		    (o->dns_option && begins_with_word(line, "options")))
			continue;
		if (*line || rest)
			buf_addf(out, "%s\n", line);
	}
	return 0;
}

static int compose(enum container_etc_file file, const struct container_options *o,
		   struct container_config *c, struct buf *out, struct err *err)
{
	switch (file) {
	case ETC_HOSTS:
		return make_hosts(o, c, out, err);
	case ETC_HOSTNAME:
		buf_addf(out, "%s\n", c->record.hostname);
		break;
	case ETC_RESOLV:
	case ETC_FILES:
		return make_resolv(o, out, err);
	}
	return 0;
}

void container_etc_done(struct container_etc *e)
{
	for (size_t i = 0; e && i < ETC_FILES; i++)
		buf_done(&e->texts[i]);
}

int container_etc_prepare(struct store *s, const struct container_options *o,
			  const struct container_dirs *d, struct container_config *c,
			  struct container_etc *ret, struct err *err)
{
	for (size_t i = 0; i < ETC_FILES; i++) {
		char target[32];

		snprintf(target, sizeof(target), "/etc/%s", names[i]);
		if (user_mounts(c, target) || (i == ETC_HOSTS && o->no_hosts))
			continue;
		if (compose((enum container_etc_file)i, o, c, &ret->texts[i], err))
			return -1;
		ret->wanted[i] = true;
		add_mount(s, d->id, names[i], o->read_only, c);
	}
	return 0;
}

int container_etc_write(const struct container_etc *e, const struct container_dirs *d,
			struct err *err)
{
	for (size_t i = 0; i < ETC_FILES; i++) {
		_cleanup_fd_ int fd = -1;

		if (!e->wanted[i])
			continue;
		fd = openat(d->run_fd, names[i],
			    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0 || fd_write_full(fd, buf_str(&e->texts[i]), e->texts[i].len))
			return err_sys(err, "write the container's %s", names[i]);
	}
	return 0;
}
