/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Dockerfile instructions that change an image's config, as import takes them: one instruction
 * each, without variables. A JSON array is the exec form; anything else after CMD and ENTRYPOINT is
 * a command for the shell.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "codec/json.h"
#include "image/create.h"

#define WORDS_MAX 1024

struct change {
	struct image_config *config;
	struct arena *arena;
	const char *args; /* behind the instruction, trimmed */
};

static int bad(const char *what, const char *args, const char *expected, struct err *err)
{
	return err_set(err, ERR_INVALID, "--change '%s %s' is not valid: expected %s", what, args,
		       expected);
}

/* ["a", "b"] into *ret, NULL-terminated in the arena. Returns false when it is no array of strings.
 */
static bool json_words(struct change *c, char ***ret, size_t *ret_n)
{
	_cleanup_(json) struct json *root = NULL;
	char **v = NULL;
	size_t n = 0;

	if (c->args[0] != '[' ||
	    json_parse(c->args, strlen(c->args), "--change", &root, NULL) < 0 ||
	    json_type(root) != JSON_ARRAY || json_len(root) > WORDS_MAX)
		return false;
	for (size_t i = 0; i < json_len(root); i++) {
		const char *s = json_string(json_at(root, i), NULL);

		if (!s)
			return false;
		arena_strv_add(c->arena, &v, &n, arena_strdup(c->arena, s));
	}
	*ret = v;
	*ret_n = n;
	return true;
}

/* Next word at *p: quotes group, a backslash takes the next byte as it is. NULL at the end. */
static char *next_word(struct change *c, const char **p)
{
	_cleanup_(buf) struct buf word = BUF_INIT;
	const char *s = *p;
	char quote = '\0';

	while (isspace((unsigned char)*s))
		s++;
	if (!*s)
		return NULL;
	for (; *s && (quote || !isspace((unsigned char)*s)); s++) {
		if (*s == '\\' && s[1] && quote != '\'')
			buf_addc(&word, *++s);
		else if (!quote && (*s == '"' || *s == '\''))
			quote = *s;
		else if (quote && *s == quote)
			quote = '\0';
		else
			buf_addc(&word, *s);
	}
	*p = s;
	return arena_strdup(c->arena, buf_str(&word));
}

static int set_command(struct change *c, char ***v, size_t *n)
{
	char **words = NULL;
	size_t count = 0;

	if (!json_words(c, &words, &count)) {
		arena_strv_add(c->arena, &words, &count, arena_strdup(c->arena, "/bin/sh"));
		arena_strv_add(c->arena, &words, &count, arena_strdup(c->arena, "-c"));
		arena_strv_add(c->arena, &words, &count, arena_strdup(c->arena, c->args));
	}
	*v = words;
	*n = count;
	return 0;
}

/* Split "key=value" words, or "key rest of the line". Calls add for each. */
static int each_pair(struct change *c, const char *what,
		     void (*add)(struct change *c, char *key, char *value), struct err *err)
{
	const char *p = c->args;
	size_t key_len = strcspn(c->args, " \t=");

	if (!key_len)
		return bad(what, c->args, "KEY=VALUE", err);
	if (c->args[key_len] != '=') {
		const char *value = c->args + key_len;

		value += strspn(value, " \t");
		if (!*value)
			return bad(what, c->args, "KEY=VALUE", err);
		add(c, arena_strndup(c->arena, c->args, key_len), arena_strdup(c->arena, value));
		return 0;
	}
	for (char *word; (word = next_word(c, &p));) {
		char *eq = strchr(word, '=');

		if (!eq || eq == word)
			return bad(what, c->args, "KEY=VALUE", err);
		*eq = '\0';
		add(c, word, eq + 1);
	}
	return 0;
}

static void add_env(struct change *c, char *key, char *value)
{
	struct image_container_config *k = &c->config->config;
	char *pair = arena_printf(c->arena, "%s=%s", key, value);
	size_t len = strlen(key) + 1;

	for (size_t i = 0; i < k->n_env; i++) {
		if (strncmp(k->env[i], pair, len) == 0) {
			k->env[i] = pair;
			return;
		}
	}
	arena_strv_add(c->arena, &k->env, &k->n_env, pair);
}

static void add_label(struct change *c, char *key, char *value)
{
	struct image_container_config *k = &c->config->config;
	struct json_pair *pair = NULL;

	for (size_t i = 0; i < k->n_labels; i++) {
		if (strcmp(k->labels[i].key, key) == 0)
			pair = &k->labels[i];
	}
	if (!pair)
		pair = arena_push(c->arena, k->labels, k->n_labels);
	pair->key = key;
	pair->value = value;
}

static int change_cmd(struct change *c, struct err *err)
{
	(void)err;
	return set_command(c, &c->config->config.cmd, &c->config->config.n_cmd);
}

static int change_entrypoint(struct change *c, struct err *err)
{
	(void)err;
	return set_command(c, &c->config->config.entrypoint, &c->config->config.n_entrypoint);
}

static int change_env(struct change *c, struct err *err)
{
	return each_pair(c, "ENV", add_env, err);
}

static int change_label(struct change *c, struct err *err)
{
	return each_pair(c, "LABEL", add_label, err);
}

static int change_expose(struct change *c, struct err *err)
{
	struct image_container_config *k = &c->config->config;
	const char *p = c->args;

	for (char *word; (word = next_word(c, &p));) {
		size_t digits = strspn(word, "0123456789-");

		if (!digits || (word[digits] && word[digits] != '/'))
			return bad("EXPOSE", c->args, "PORT[/PROTOCOL]", err);
		if (!word[digits])
			word = arena_printf(c->arena, "%s/tcp", word);
		arena_strv_add(c->arena, &k->exposed_ports, &k->n_exposed_ports, word);
	}
	return 0;
}

static int change_volume(struct change *c, struct err *err)
{
	struct image_container_config *k = &c->config->config;
	const char *p = c->args;
	char **words;
	size_t n;

	(void)err;
	if (json_words(c, &words, &n)) {
		for (size_t i = 0; i < n; i++)
			arena_strv_add(c->arena, &k->volumes, &k->n_volumes, words[i]);
		return 0;
	}
	for (char *word; (word = next_word(c, &p));)
		arena_strv_add(c->arena, &k->volumes, &k->n_volumes, word);
	return 0;
}

static int change_user(struct change *c, struct err *err)
{
	(void)err;
	c->config->config.user = arena_strdup(c->arena, c->args);
	return 0;
}

static int change_workdir(struct change *c, struct err *err)
{
	if (c->args[0] != '/')
		return bad("WORKDIR", c->args, "an absolute path", err);
	c->config->config.working_dir = arena_strdup(c->arena, c->args);
	return 0;
}

static int change_stopsignal(struct change *c, struct err *err)
{
	(void)err;
	c->config->config.stop_signal = arena_strdup(c->arena, c->args);
	return 0;
}

static int change_onbuild(struct change *c, struct err *err)
{
	struct image_container_config *k = &c->config->config;

	(void)err;
	arena_strv_add(c->arena, &k->on_build, &k->n_on_build, arena_strdup(c->arena, c->args));
	return 0;
}

static const struct {
	const char *name;
	int (*apply)(struct change *c, struct err *err);
} instructions[] = {
	{"CMD", change_cmd},
	{"ENTRYPOINT", change_entrypoint},
	{"ENV", change_env},
	{"EXPOSE", change_expose},
	{"LABEL", change_label},
	{"ONBUILD", change_onbuild},
	{"STOPSIGNAL", change_stopsignal},
	{"USER", change_user},
	{"VOLUME", change_volume},
	{"WORKDIR", change_workdir},
};

static int apply(struct image_config *config, const char *text, struct err *err)
{
	struct change c = {.config = config, .arena = &config->arena};
	size_t len;
	char *args;

	text += strspn(text, " \t\n");
	len = strcspn(text, " \t\n");
	args = arena_strdup(c.arena, text + len + strspn(text + len, " \t\n"));
	for (size_t n = strlen(args); n && isspace((unsigned char)args[n - 1]); n--)
		args[n - 1] = '\0';
	c.args = args;
	for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
		if (strlen(instructions[i].name) != len ||
		    strncasecmp(instructions[i].name, text, len) != 0)
			continue;
		if (!*args)
			return err_set(err, ERR_INVALID, "--change '%s' has no argument", text);
		return instructions[i].apply(&c, err);
	}
	return err_set(err, ERR_INVALID,
		       "--change '%s' is not an instruction that import knows: expected CMD, "
		       "ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or "
		       "WORKDIR",
		       text);
}

int image_config_change(struct image_config *config, char *const *changes, struct err *err)
{
	strv_foreach (change, changes) {
		if (apply(config, *change, err) < 0)
			return -1;
	}
	return 0;
}
