/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the scripts of `onggi completion` call: `onggi __complete [--no-desc] -- WORD...`, where the
 * last word is being typed. Prints a candidate and its description, parted by a tabulator, on each
 * line, and last ":FLAGS" (cli/complete.h). It reads and never writes: a store that is not there
 * is not made; and whatever fails is silence.
 */
#include "cli/complete.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/strv.h"
#include "cmd.h"
#include "help/help.h"
#include "store/containers.h"
#include "store/images.h"

struct complete_args {
	bool no_desc;
};

static const struct opt rows[] = {
	OPT_FLAG("no-desc", 0, struct complete_args, no_desc, "no descriptions"),
	OPT_END,
};

static bool is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* The store, unless opening it would make one. */
static struct store *present_store(struct cmd_context *ctx)
{
	_cleanup_free_ char *data = NULL, *run = NULL;
	struct store *s;
	bool in_tmp;

	if (store_where(ctx->global.root, ctx->global.runroot, &data, &run, &in_tmp, NULL) ||
	    !is_directory(data) || !is_directory(run))
		return NULL;
	return cmd_store(ctx, &s, NULL) ? NULL : s;
}

static void add_images(struct store *s, struct completion *c)
{
	_cleanup_(image_index) struct image_index index = {.n_manifests = 0};

	if (store_index_read(s, &index, NULL))
		return;
	for (size_t i = 0; i < index.n_manifests; i++) {
		const char *name = descriptor_annotation(&index.manifests[i], ANNOTATION_REF_NAME);
		struct reference ref;
		char text[REFERENCE_STR_MAX];

		if (name && !reference_parse(name, &ref, NULL))
			completion_add(c, reference_familiar(&ref, true, text), "image");
	}
}

/* By name; by id once one is typed. */
static void add_containers(struct store *s, bool running, struct completion *c)
{
	_cleanup_strv_ char **ids = NULL;

	if (running ? store_container_list_active(s, &ids, NULL)
		    : store_container_list(s, &ids, NULL))
		return;
	strv_foreach (id, ids) {
		struct container_record r = {.id = NULL};
		char short_id[ID_SHORT_LEN + 1];

		if (store_container_read(s, *id, &r, NULL))
			continue;
		str_copy(short_id, sizeof(short_id), *id);
		if (!str_empty(r.name))
			completion_add(c, r.name, r.image);
		if (!str_empty(c->word))
			completion_add(c, short_id, r.image);
		container_record_done(&r);
	}
}

static void add_volumes(struct store *s, struct completion *c)
{
	_cleanup_free_ char *path = xasprintf("%s/volumes", s->data_path);
	_cleanup_dir_ DIR *dir = opendir(path);
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] != '.')
			completion_add(c, e->d_name, "volume");
	}
}

static void add_words(struct completion *c)
{
	for (size_t i = 0; i < cmd_set.n; i++) {
		const struct command *cmd = cmd_set.list[i];

		if (!(cmd->flags & CMD_HIDDEN) && !strchr(cmd->name, ' '))
			completion_add(c, cmd->name, cmd->summary);
	}
	for (const struct man_topic *t = help_topics; t->name; t++)
		completion_add(c, t->name, t->summary);
}

static void names(void *data, enum opt_complete kind, struct completion *c)
{
	struct cmd_context *ctx = data;
	struct store *s;

	if (kind == OPT_COMPLETE_COMMAND) {
		add_words(c);
		return;
	}
	s = present_store(ctx);
	if (!s)
		return;
	if (kind == OPT_COMPLETE_IMAGE || kind == OPT_COMPLETE_OBJECT)
		add_images(s, c);
	if (kind == OPT_COMPLETE_CONTAINER || kind == OPT_COMPLETE_OBJECT)
		add_containers(s, false, c);
	if (kind == OPT_COMPLETE_RUNNING)
		add_containers(s, true, c);
	if (kind == OPT_COMPLETE_VOLUME)
		add_volumes(s, c);
}

/* The global options among the words say which store is meant; then configuration does. */
static void read_global(struct cmd_context *ctx, char *const *words)
{
	_cleanup_strv_ char **copy = strv_dup(words);
	_cleanup_free_ char **argv = xcalloc(strv_len(copy) + 1, sizeof(*argv));
	struct global_options global = {.root = NULL};
	char **operands;
	int n;

	/* Strings of options point into argv: into words, which outlive us. */
	for (size_t i = 0; words[i]; i++)
		argv[i] = words[i];
	if (!option_parse(&cmd_program, argv, &global, &operands, &n, NULL)) {
		ctx->global.root = global.root ? global.root : ctx->global.root;
		ctx->global.runroot = global.runroot ? global.runroot : ctx->global.runroot;
	}
	cmd_configure(ctx, NULL);
}

/* Print the candidates, without the descriptions where they are not wanted. */
static int print(const struct completion *c, bool no_desc, struct err *err)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	const char *line = buf_str(&c->lines);

	while (*line) {
		size_t len = strcspn(line, "\n"), text = strcspn(line, "\t");

		buf_add(&out, line, no_desc || text + 1 == len ? text : len);
		buf_addc(&out, '\n');
		line += len + 1;
	}
	buf_addf(&out, ":%u\n", c->flags);
	return cmd_print(&out, err) ? 1 : 0;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct complete_args *a = args;
	_cleanup_(completion) struct completion c = {.flags = 0};
	struct complete_request req = {.all = &cmd_set, .words = argv, .names = names, .ctx = ctx};

	(void)argc;
	log_set_level(LOG_LEVEL_ERROR);
	read_global(ctx, argv);
	complete(&req, &c);
	if (print(&c, a->no_desc, err))
		err_clear(err);
	return 0;
}

const struct command cmd_complete = {
	.name = "__complete",
	.summary = "complete a command line, for the scripts of onggi completion",
	.usage = "[--no-desc] -- WORD...",
	.flags = CMD_HIDDEN | CMD_NO_CONFIG | CMD_STOP_AT_ARG,
	.min_args = 1,
	.max_args = -1,
	.args_size = sizeof(struct complete_args),
	.options = rows,
	.run = run,
};
