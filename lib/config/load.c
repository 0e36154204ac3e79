/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strv.h"
#include "codec/yaml.h"
#include "config/config.h"
#include "config/values.h"
#include "os/fd.h"

#define SYSTEM_FILE "/etc/onggi/config.yaml"

void config_done(struct config *c)
{
	arena_done(&c->arena);
	*c = (struct config){.files = NULL};
}

/* A key by section (NULL: top level) and name; *ret_section: is the name a section instead? */
static const struct config_key *find_key(const char *section, const char *name, bool *ret_section)
{
	*ret_section = false;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *k = &config_keys[i];

		if (str_eq(k->section, section) && str_eq(k->name, name))
			return k;
		*ret_section |= !section && str_eq(k->section, name);
	}
	return NULL;
}

static int unknown_key(const struct yaml_file *f, const struct yaml_node *node, const char *section,
		       struct err *err)
{
	const char *names[64], *near;
	size_t n = 0;

	for (size_t i = 0; i < config_key_count && n + 2 < ARRAY_SIZE(names); i++) {
		if (str_eq(config_keys[i].section, section))
			names[n++] = config_keys[i].name;
		else if (!section)
			names[n++] = config_keys[i].section;
	}
	near = str_nearest(node->text, names, n);
	yaml_error(f, node, err, "there is no key '%s'%s%s", node->text, section ? " in " : "",
		   section ? section : "");
	if (near)
		return err_hint(err, "did you mean '%s'? onggi config keys lists all", near);
	return err_hint(err, "onggi config keys lists all keys");
}

static int set_list(struct config *c, const struct yaml_file *f, const struct config_key *k,
		    const struct yaml_node *v, struct err *err)
{
	const char **texts;

	if (v->type != YAML_SEQUENCE)
		return yaml_error(f, v, err, "'%s' is a list, not %s", k->name, yaml_type_words(v));
	texts = arena_calloc(&c->arena, v->n_items, sizeof(*texts));
	for (size_t i = 0; i < v->n_items; i++) {
		texts[i] = yaml_text(v->items[i]);
		if (!texts[i] || !*texts[i] || strlen(texts[i]) != v->items[i]->len)
			return yaml_error(f, v->items[i], err, "an entry of '%s' is a text, not %s",
					  k->name, yaml_type_words(v->items[i]));
	}
	config_set_list(c, k, texts, v->n_items);
	return 0;
}

static int set_key(struct config *c, const struct yaml_file *f, const struct config_key *k,
		   const struct yaml_pair *pair, struct err *err)
{
	const struct yaml_node *v = pair->value;
	struct err why = ERR_INIT;

	if (k->kind == CONFIG_LIST) {
		if (set_list(c, f, k, v, err))
			return -1;
	} else if (!yaml_text(v) || strlen(v->text) != v->len) {
		return yaml_error(f, v, err, "'%s' takes one value, not %s", k->name,
				  yaml_type_words(v));
	} else if (config_set(c, k, v->text, &why)) {
		return yaml_error(f, v, err, "%s: %s", k->name, why.text);
	}
	c->origins[k - config_keys] = arena_printf(&c->arena, "%s:%u", f->name, pair->key->line);
	return 0;
}

static int take_mapping(struct config *c, const struct yaml_file *f, const char *section,
			const struct yaml_node *m, struct err *err)
{
	bool is_section;

	if (yaml_is_null(m))
		return 0;
	if (m->type != YAML_MAPPING)
		return yaml_error(f, m, err, "%s is a mapping of keys, not %s",
				  section ? section : "the file", yaml_type_words(m));
	for (size_t i = 0; i < m->n_pairs; i++) {
		const struct yaml_pair *pair = &m->pairs[i];
		const struct config_key *k = find_key(section, pair->key->text, &is_section);

		if (k		 ? set_key(c, f, k, pair, err)
		    : is_section ? take_mapping(c, f, pair->key->text, pair->value,
						err) /* once: two levels */
				 : unknown_key(f, pair->key, section, err))
			return -1;
	}
	return 0;
}

static void prepare(struct config *c)
{
	if (c->origins)
		return;
	c->origins = arena_calloc(&c->arena, config_key_count, sizeof(*c->origins));
	c->values.pull_retries = -1;
}

/* Read a file with its settings. */
static int take_file(struct config *c, const char *path, int fd, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct yaml_file f;
	char *kept;

	if (fd_read_all(fd, CONFIG_FILE_MAX, path, &text, err))
		return -1;
	kept = arena_strndup(&c->arena, buf_str(&text), text.len);
	if (yaml_parse(kept, text.len, arena_strdup(&c->arena, path), &c->arena, &f, err))
		return -1;
	if (f.n_docs > 1)
		return yaml_error(&f, f.docs[1], err, "a configuration is one document");
	if (f.n_docs && take_mapping(c, &f, NULL, f.docs[0], err))
		return -1;
	*arena_push(&c->arena, c->files, c->n_files) = f.name;
	return 0;
}

static bool is_absent(void)
{
	return errno == ENOENT || errno == ENOTDIR;
}

int config_load_file(struct config *c, const char *path, bool *ret_found, struct err *err)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	prepare(c);
	if (ret_found)
		*ret_found = fd >= 0;
	if (fd < 0)
		return is_absent() ? 0 : err_sys(err, "open '%s'", path);
	return take_file(c, path, fd, err);
}

/*
 * Whose home it is, is what somebody said: sudo -E leaves HOME as it was, and what a user may do to
 * his own file he must not do to root's containers.
 */
static bool is_own(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_uid == geteuid() || st.st_uid == 0) && !(st.st_mode & S_IWOTH))
		return true;
	log_warn("'%s' is not read: it belongs to another user, or others may write it (give it by "
		 "ONGGI_CONFIG if it is meant)",
		 path);
	return false;
}

static int load_own(struct config *c, const char *path, struct err *err)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	prepare(c);
	if (fd < 0)
		return is_absent() ? 0 : err_sys(err, "open '%s'", path);
	return is_own(fd, path) ? take_file(c, path, fd, err) : 0;
}

static int take_variable(struct config *c, const struct config_key *k, const char *text,
			 struct err *err)
{
	if (k->kind == CONFIG_LIST) {
		_cleanup_strv_ char **parts = strv_split(text, ',');

		config_set_list(c, k, (const char *const *)parts, strv_len(parts));
	} else if (config_set(c, k, text, err)) {
		err_ctx(err, "environment variable %s", k->variable);
		return err_hint(err, "unset %s", k->variable);
	}
	c->origins[k - config_keys] = arena_printf(&c->arena, "$%s", k->variable);
	return 0;
}

static int take_environment(struct config *c, struct err *err)
{
	for (size_t i = 0; i < config_key_count; i++) {
		const char *name = config_keys[i].variable, *text = name ? getenv(name) : NULL;

		if (!str_empty(text) && take_variable(c, &config_keys[i], text, err))
			return -1;
	}
	return 0;
}

static int load_users(struct config *c, struct err *err)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	bool own = base && *base == '/';

	if (!own && (!home || *home != '/'))
		return 0;
	return load_own(c,
			own ? arena_printf(&c->arena, "%s/onggi/config.yaml", base)
			    : arena_printf(&c->arena, "%s/.config/onggi/config.yaml", home),
			err);
}

int config_load(struct config *ret, struct err *err)
{
	_cleanup_(config) struct config c = {.files = NULL};
	const char *named = getenv("ONGGI_CONFIG");
	bool found = true;

	if (config_load_file(&c, SYSTEM_FILE, NULL, err) || load_users(&c, err) ||
	    (!str_empty(named) && config_load_file(&c, named, &found, err)))
		return -1;
	if (!found) {
		err_set(err, ERR_NOT_FOUND,
			"there is no configuration '%s', which ONGGI_CONFIG names", named);
		return err_hint(err, "unset ONGGI_CONFIG");
	}
	if (take_environment(&c, err))
		return -1;
	*ret = c;
	c = (struct config){.files = NULL};
	return 0;
}
