/* SPDX-License-Identifier: Apache-2.0 */
#include "container/config.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/id.h"
#include "base/parse.h"
#include "base/strv.h"
#include "container/config_parts.h"
#include "oci/signal_string.h"

#define HOSTNAME_MAX 64
#define NAME_CHARS   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

void container_config_done(struct container_config *c)
{
	container_userns_done(&c->userns);
	container_record_done(&c->record);
	runtime_spec_done(&c->spec);
}

/* Letters, digits, "_.-", beginning with a letter or digit: docker's rule for names. */
static bool name_valid(const char *s)
{
	return strlen(s) >= 1 && strlen(s) <= 128 && s[strspn(s, NAME_CHARS)] == '\0' &&
	       !strchr("_.-", s[0]);
}

static int config_hostname(const struct container_options *o, struct container_config *c,
			   struct err *err)
{
	char host[HOSTNAME_MAX + 1] = "";

	if (!str_empty(o->hostname) && c->host_uts)
		return err_set(err, ERR_INVALID,
			       "--hostname '%s': with --uts host the host's name stays",
			       o->hostname);
	if (!str_empty(o->hostname) &&
	    (strlen(o->hostname) > HOSTNAME_MAX || o->hostname[strspn(o->hostname, NAME_CHARS)]))
		return err_set(
			err, ERR_INVALID,
			"--hostname '%s': expected 1 to %d letters, digits, '-', '_' and '.'",
			o->hostname, HOSTNAME_MAX);
	if (!str_empty(o->hostname)) {
		str_copy(host, sizeof(host), o->hostname);
	} else if (c->host_network || c->host_uts) {
		gethostname(host, HOSTNAME_MAX);
	} else {
		str_copy(host, ID_SHORT_LEN + 1, c->record.id);
		host[ID_SHORT_LEN] = '\0';
	}
	c->record.hostname = arena_strdup(&c->spec.arena, host);
	if (!c->host_uts) {
		c->spec.hostname = c->record.hostname;
		c->spec.domainname = arena_strdup(&c->spec.arena, o->domainname);
	}
	return 0;
}

static int add_labels(char **list, const char *option, struct container_config *c, struct err *err)
{
	struct arena *a = &c->spec.arena;

	strv_foreach (s, list) {
		size_t len = strcspn(*s, "=");
		struct json_pair *p = NULL;

		if (!len)
			return err_set(err, ERR_INVALID, "%s '%s': expected KEY=VALUE", option, *s);
		for (size_t i = 0; i < c->record.n_labels; i++)
			if (strlen(c->record.labels[i].key) == len &&
			    !strncmp(c->record.labels[i].key, *s, len))
				p = &c->record.labels[i];
		if (!p)
			p = arena_push(a, c->record.labels, c->record.n_labels);
		p->key = arena_strndup(a, *s, len);
		p->value = arena_strdup(a, (*s)[len] ? *s + len + 1 : "");
	}
	return 0;
}

static int config_labels(const struct container_options *o, const struct store_image *image,
			 struct container_config *c, struct err *err)
{
	_cleanup_strv_ char **files = NULL;
	struct arena *a = &c->spec.arena;

	for (size_t i = 0; i < image->config.config.n_labels; i++) {
		struct json_pair *p = arena_push(a, c->record.labels, c->record.n_labels);

		p->key = arena_strdup(a, image->config.config.labels[i].key);
		p->value = arena_strdup(a, image->config.config.labels[i].value);
	}
	strv_foreach (f, o->label_file)
		if (config_read_pairs_file(*f, false, &files, err))
			return err_ctx(err, "--label-file %s", *f);
	if (add_labels(files, "--label-file", c, err) || add_labels(o->label, "--label", c, err))
		return -1;
	strv_foreach (s, o->annotation) {
		size_t len = strcspn(*s, "=");
		struct json_pair *p;

		if (!len || !(*s)[len])
			return err_set(err, ERR_INVALID, "--annotation '%s': expected KEY=VALUE",
				       *s);
		p = arena_push(a, c->spec.annotations, c->spec.n_annotations);
		p->key = arena_strndup(a, *s, len);
		p->value = arena_strdup(a, *s + len + 1);
	}
	return 0;
}

/* Identity: what the record says beyond the process. */
static int config_identity(const struct container_options *o, const struct store_image *image,
			   const char *id, struct container_config *c, struct err *err)
{
	struct arena *a = &c->spec.arena;
	struct container_record *r = &c->record;
	struct timespec now;
	char text[DIGEST_STR_MAX + FORMAT_MAX];
	const char *wanted = o->name;
	_cleanup_free_ char *name = NULL;

	/* docker's names have a slash before them, which it takes and shows in inspect. */
	if (!str_empty(o->name) && *wanted == '/')
		wanted++;
	if (!str_empty(o->name) && !name_valid(wanted)) {
		err_set(err, ERR_INVALID, "--name '%s': not a container name", o->name);
		return err_hint(
			err, "letters, digits, '_', '.' and '-', beginning with a letter or digit");
	}
	clock_gettime(CLOCK_REALTIME, &now);
	name = str_empty(o->name) ? name_random() : xstrdup(wanted);
	r->id = arena_strdup(a, id);
	r->name = arena_strdup(a, name);
	r->created = arena_strdup(a, format_time(now, text));
	r->image_id = arena_strdup(a, digest_str(&image->id, text));
	r->manifest = arena_strdup(a, digest_str(&image->descriptor.digest, text));
	for (size_t i = 0; i < image->config.n_diff_ids; i++)
		arena_strv_add(a, &r->layers, &r->n_layers,
			       arena_strdup(a, digest_str(&image->config.diff_ids[i], text)));
	r->network = arena_strdup(a, str_empty(o->network) ? "none" : o->network);
	r->userns = arena_strdup(a, o->userns ? o->userns : "");
	r->restart = arena_strdup(a, o->restart ? o->restart : "no");
	r->stop_signal =
		arena_strdup(a, !str_empty(o->stop_signal) ? o->stop_signal
							   : image->config.config.stop_signal);
	if (r->stop_signal) {
		int sig;

		if (signal_parse(r->stop_signal, &sig, err))
			return err_ctx(err, "--stop-signal");
	}
	r->tty = o->tty;
	r->open_stdin = o->interactive;
	r->auto_remove = o->rm;
	r->init = o->init;
	r->privileged = o->privileged;
	r->read_only = o->read_only;
	return 0;
}

/* Modes and policies that docker knows and this version does not, told from words that nobody
 * knows. */
static int check_modes(const struct container_options *o, struct err *err)
{
	if (!str_empty(o->network) && !str_eq(o->network, "none") && !str_eq(o->network, "host")) {
		err_set(err, ERR_UNSUPPORTED,
			"--network '%s': this version knows 'none' and 'host'", o->network);
		return err_hint(err, "--network host shares the host's network; without --network "
				     "there is only a loopback interface");
	}
	if (!str_empty(o->restart) && !str_eq(o->restart, "no")) {
		err_set(err, ERR_UNSUPPORTED, "--restart '%s': this version knows 'no' only",
			o->restart);
		return err_hint(err, "containers run in the foreground: a shell's loop, or a "
				     "systemd unit with Restart=, starts them again");
	}
	return 0;
}

int container_config_build(const struct container_request *req, struct container_config *ret,
			   struct err *err)
{
	const struct container_options *o = req->options;
	const struct store_image *image = req->image;
	struct container_config c = {.user = NULL};
	char text[REFERENCE_STR_MAX];

	c.host_network = str_eq(o->network, "host");
	c.host_pid = str_eq(o->pid, "host");
	c.host_ipc = str_eq(o->ipc, "host");
	c.host_uts = str_eq(o->uts, "host");
	c.host_cgroupns = str_eq(o->cgroupns, "host");
	c.spec.oci_version = arena_strdup(&c.spec.arena, RUNTIME_SPEC_VERSION);
	c.spec.root.readonly = o->read_only;
	c.record.image =
		arena_strdup(&c.spec.arena, *image->name.domain
						    ? reference_familiar(&image->name, true, text)
						    : digest_str(&image->id, text));
	if (check_modes(o, err) ||
	    container_userns_decide(o->userns, req->rootless, &c.userns, err) ||
	    config_identity(o, image, req->id, &c, err) || config_hostname(o, &c, err) ||
	    config_labels(o, image, &c, err) || config_process(o, image, req->argv, &c, err) ||
	    config_security(o, &c, err) || config_isolation(o, &c, err) ||
	    config_limits(o, &c, err) || config_mounts(o, image, &c, err)) {
		container_config_done(&c);
		return -1;
	}
	config_record(o, image, &c);
	*ret = c;
	return 0;
}
