/* SPDX-License-Identifier: Apache-2.0 */
/* /etc/hosts, /etc/hostname and /etc/resolv.conf: ours, in $RUN, bound over the image's. */
#include <arpa/inet.h>
#include <fcntl.h>
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

struct etc {
	struct store *store;
	const struct container_dirs *dirs;
	struct container_config *config;
};

/* Write $RUN/containers/<id>/<name> and mount it at /etc/<name>. */
static int put_file(const struct etc *etc, const char *name, const struct buf *text,
		    struct err *err)
{
	struct arena *a = &etc->config->spec.arena;
	_cleanup_fd_ int fd = -1;
	struct spec_mount *m;

	fd = openat(etc->dirs->run_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    0644);
	if (fd < 0 || fd_write_full(fd, buf_str(text), text->len))
		return err_sys(err, "write the container's %s", name);
	m = arena_push(a, etc->config->spec.mounts, etc->config->spec.n_mounts);
	m->destination = arena_printf(a, "/etc/%s", name);
	m->type = arena_strdup(a, "bind");
	m->source =
		arena_printf(a, "%s/containers/%s/%s", etc->store->run_path, etc->dirs->id, name);
	arena_strv_add(a, &m->options, &m->n_options, arena_strdup(a, "bind"));
	arena_strv_add(a, &m->options, &m->n_options, arena_strdup(a, "rprivate"));
	return 0;
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
		buf_addf(out, "127.0.1.1\t%s\n", c->record.hostname);
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

static int make_resolv(const struct container_options *o, struct buf *out, struct err *err)
{
	if (!o->dns && !o->dns_search && !o->dns_option) {
		add_host_file("/etc/resolv.conf", out);
		return 0;
	}
	strv_foreach (s, o->dns_search) {
		if (check_word("--dns-search", *s, err))
			return -1;
		buf_addf(out, "search %s\n", *s);
	}
	strv_foreach (s, o->dns) {
		unsigned char addr[16];

		if (inet_pton(AF_INET, *s, addr) != 1 && inet_pton(AF_INET6, *s, addr) != 1) {
			err_set(err, ERR_INVALID, "--dns '%s': expected an IP address", *s);
			return err_hint(err, "--dns 10.0.0.53");
		}
		buf_addf(out, "nameserver %s\n", *s);
	}
	strv_foreach (s, o->dns_option) {
		if (check_word("--dns-option", *s, err))
			return -1;
		buf_addf(out, "options %s\n", *s);
	}
	return 0;
}

int container_etc_prepare(struct store *s, const struct container_options *o,
			  const struct container_dirs *d, struct container_config *c,
			  struct err *err)
{
	_cleanup_(buf) struct buf hosts = BUF_INIT, name = BUF_INIT, resolv = BUF_INIT;
	const struct etc etc = {.store = s, .dirs = d, .config = c};

	if (!o->no_hosts && !user_mounts(c, "/etc/hosts"))
		if (make_hosts(o, c, &hosts, err) || put_file(&etc, "hosts", &hosts, err))
			return -1;
	if (!user_mounts(c, "/etc/hostname")) {
		buf_addf(&name, "%s\n", c->record.hostname);
		if (put_file(&etc, "hostname", &name, err))
			return -1;
	}
	if (!user_mounts(c, "/etc/resolv.conf")) {
		if (make_resolv(o, &resolv, err) || put_file(&etc, "resolv.conf", &resolv, err))
			return -1;
	}
	return 0;
}
