/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/strv.h"
#include "container/config_parts.h"
#include "oci/ulimit_string.h"
#include "os/fd.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* of UTF-8 */
#define ENV_FILE_MAX	((size_t)1 << 20)
#define PATH_DEFAULT	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* One line of a pairs file; pos is where its text begins. */
static int read_pair_line(const char *path, unsigned number, char *line, bool from_env,
			  char ***strv, struct err *err)
{
	char *text = line;
	char *eq;

	while (isspace((unsigned char)*text))
		text++;
	if (!*text || *text == '#')
		return 0;
	eq = strchr(text, '=');
	for (char *p = text; *p && p != eq; p++)
		if (isspace((unsigned char)*p))
			return err_at(err, path, number, (unsigned)(p - line) + 1, line,
				      "a variable's name holds no blank; expected NAME=VALUE");
	if (eq == text)
		return err_at(err, path, number, (unsigned)(text - line) + 1, line,
			      "no name before '='; expected NAME=VALUE");
	if (!eq && from_env) {
		const char *value = env_get(environ, text);

		if (value)
			strv_take(strv, xasprintf("%s=%s", text, value));
		return 0;
	}
	strv_add(strv, text);
	return 0;
}

int config_read_pairs_file(const char *path, bool from_env, char ***strv, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	unsigned number = 0;
	char *line;

	if (file_read_all(AT_FDCWD, path, ENV_FILE_MAX, &text, err))
		return -1;
	if (text.data && strlen(text.data) != text.len)
		return err_set(err, ERR_INVALID,
			       "'%s' holds a NUL byte; expected text in UTF-8, lines of NAME=VALUE",
			       path);
	/* Editors of another system begin a file with a byte order mark. */
	line = text.data;
	if (line && str_prefix(line, BYTE_ORDER_MARK, NULL))
		line += strlen(BYTE_ORDER_MARK);
	for (char *next; line && *line; line = next) {
		size_t len = strcspn(line, "\n");

		next = line[len] ? line + len + 1 : NULL;
		line[len] = '\0';
		if (len && line[len - 1] == '\r')
			line[len - 1] = '\0';
		if (read_pair_line(path, ++number, line, from_env, strv, err))
			return -1;
	}
	return 0;
}

/* The environment while it is put together: NAME to NAME=VALUE, in the order of first mention. */
struct env_set {
	struct arena *arena;
	struct map pairs;
};

static void env_add(struct env_set *env, const char *pair)
{
	const char *name = arena_strndup(env->arena, pair, strcspn(pair, "="));

	map_set(&env->pairs, name, arena_strdup(env->arena, pair));
}

/* --env: NAME=VALUE, or NAME for the caller's value: where the caller has none, there is none. */
static int env_options(const struct container_options *o, struct env_set *env, struct err *err)
{
	strv_foreach (e, o->env) {
		const char *value;

		if (**e == '=' || !**e)
			return err_set(err, ERR_INVALID, "--env '%s': expected NAME=VALUE or NAME",
				       *e);
		if (strchr(*e, '='))
			env_add(env, *e);
		else if ((value = env_get(environ, *e)))
			env_add(env, arena_printf(env->arena, "%s=%s", *e, value));
		else
			map_remove(&env->pairs, *e);
	}
	return 0;
}

/* docker's order: built-in, the image's, the caller's files, the caller's options. */
static int env_collect(const struct container_options *o, const struct store_image *image,
		       const char *hostname, struct env_set *env, struct err *err)
{
	_cleanup_strv_ char **files = NULL;

	env_add(env, "PATH=" PATH_DEFAULT);
	if (hostname)
		env_add(env, arena_printf(env->arena, "HOSTNAME=%s", hostname));
	if (o->tty)
		env_add(env, "TERM=xterm");
	for (size_t i = 0; i < image->config.config.n_env; i++)
		if (strchr(image->config.config.env[i], '='))
			env_add(env, image->config.config.env[i]);
	strv_foreach (e, o->env_host ? environ : NULL)
		env_add(env, *e);
	strv_foreach (name, o->unset_env)
		map_remove(&env->pairs, *name);
	strv_foreach (f, o->env_file)
		if (config_read_pairs_file(*f, true, &files, err))
			return err_ctx(err, "--env-file %s", *f);
	strv_foreach (e, files)
		env_add(env, *e);
	return env_options(o, env, err);
}

static int config_env(const struct container_options *o, const struct store_image *image,
		      struct container_config *c, struct err *err)
{
	struct spec_process *p = &c->spec.process;
	struct env_set env = {.arena = &c->spec.arena};
	int r = env_collect(o, image, c->spec.hostname, &env, err);

	map_foreach (e, &env.pairs)
		arena_strv_add(&c->spec.arena, &p->env, &p->n_env, e->value);
	map_done(&env.pairs);
	return r;
}

/* Entrypoint and command: an entrypoint from the command line drops the image's command. */
static int config_args(const struct container_options *o, const struct store_image *image,
		       char *const *argv, struct container_config *c, struct err *err)
{
	const struct image_container_config *ic = &image->config.config;
	struct arena *a = &c->spec.arena;
	struct spec_process *p = &c->spec.process;
	struct container_record *r = &c->record;

	if (o->entrypoint) {
		if (*o->entrypoint)
			arena_strv_add(a, &r->entrypoint, &r->n_entrypoint,
				       arena_strdup(a, o->entrypoint));
	} else {
		for (size_t i = 0; i < ic->n_entrypoint; i++)
			arena_strv_add(a, &r->entrypoint, &r->n_entrypoint,
				       arena_strdup(a, ic->entrypoint[i]));
	}
	if (argv && argv[0]) {
		strv_foreach (s, argv)
			arena_strv_add(a, &r->cmd, &r->n_cmd, arena_strdup(a, *s));
	} else if (!o->entrypoint) {
		for (size_t i = 0; i < ic->n_cmd; i++)
			arena_strv_add(a, &r->cmd, &r->n_cmd, arena_strdup(a, ic->cmd[i]));
	}
	for (size_t i = 0; i < r->n_entrypoint; i++)
		arena_strv_add(a, &p->args, &p->n_args, r->entrypoint[i]);
	for (size_t i = 0; i < r->n_cmd; i++)
		arena_strv_add(a, &p->args, &p->n_args, r->cmd[i]);
	if (!p->n_args) {
		err_set(err, ERR_INVALID, "no command: image '%s' names none, and none was given",
			r->image);
		return err_hint(err, "onggi run %s COMMAND", r->image);
	}
	r->args = p->args;
	r->n_args = p->n_args;
	return 0;
}

/* The entry for a limit, an earlier one where it is named again: the last counts. */
static struct spec_rlimit *rlimit_of(struct container_config *c, const char *type)
{
	struct spec_process *p = &c->spec.process;
	struct spec_rlimit *rl;

	for (size_t i = 0; i < p->n_rlimits; i++)
		if (str_eq(p->rlimits[i].type, type))
			return &p->rlimits[i];
	rl = arena_push(&c->spec.arena, p->rlimits, p->n_rlimits);
	rl->type = arena_strdup(&c->spec.arena, type);
	return rl;
}

static int config_rlimits(const struct container_options *o, struct container_config *c,
			  struct err *err)
{
	strv_foreach (s, o->ulimit) {
		struct ulimit u;
		struct spec_rlimit *rl;

		if (ulimit_parse(*s, &u, err))
			return err_ctx(err, "--ulimit");
		rl = rlimit_of(c, u.type);
		rl->soft = u.soft;
		rl->hard = u.hard;
	}
	return 0;
}

static int config_workdir(const struct container_options *o, const struct store_image *image,
			  struct container_config *c, struct err *err)
{
	_cleanup_free_ char *clean = NULL;
	const char *dir = o->workdir;

	if (!str_empty(dir) && !path_is_abs(dir)) {
		err_set(err, ERR_INVALID,
			"--workdir '%s': expected an absolute path in the container", dir);
		return err_hint(err, "--workdir /%s", dir);
	}
	if (str_empty(dir))
		dir = image->config.config.working_dir;
	if (str_empty(dir))
		dir = "/";
	clean = path_clean(dir);
	c->spec.process.cwd = arena_strdup(&c->spec.arena, clean);
	c->record.working_dir = c->spec.process.cwd;
	return 0;
}

int config_process(const struct container_options *o, const struct store_image *image,
		   char *const *argv, struct container_config *c, struct err *err)
{
	struct arena *a = &c->spec.arena;
	const char *user = o->user ? o->user : image->config.config.user;

	c->spec.process.terminal = o->tty;
	if (config_args(o, image, argv, c, err) || config_env(o, image, c, err) ||
	    config_workdir(o, image, c, err) || config_rlimits(o, c, err))
		return -1;
	c->record.env = c->spec.process.env;
	c->record.n_env = c->spec.process.n_env;
	if (!o->user && c->userns.keep_id && str_empty(user))
		user = arena_printf(a, "%u:%u", c->userns.keep_uid, c->userns.keep_gid);
	/* Root is looked up, too: the image's /etc/group may list it. */
	c->user = arena_strdup(a, user ? user : "");
	c->record.user = c->user;
	strv_foreach (g, o->group_add)
		arena_strv_add(a, &c->group_add, &c->n_group_add, arena_strdup(a, *g));
	if (o->umask) {
		unsigned mode;

		if (parse_mode(o->umask, &mode, err))
			return err_ctx(err, "--umask");
		c->spec.process.user.umask = spec_uint32(a, mode);
	}
	return 0;
}
