/* SPDX-License-Identifier: Apache-2.0 */
/* For the build: `onggi __man DIR` writes all manual pages below DIR. */
#include "cli/man.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "cli/commands.h"
#include "help/help.h"
#include "os/fd.h"

static const struct opt rows[] = {OPT_END};

static int write_page(const char *dir, const char *page, int section, const struct buf *text,
		      struct err *err)
{
	_cleanup_free_ char *path = xasprintf("%s/man%d/%s.%d", dir, section, page, section);
	_cleanup_fd_ int fd = -1;

	/* Removed first, so that the directory, which is what the build looks at, is as new. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || fd_write_full(fd, buf_str(text), text->len))
		return err_sys(err, "write '%.500s'", path);
	return 0;
}

/* Another name of a page: a link to it. */
static int link_page(const char *dir, const char *page, const char *target, struct err *err)
{
	_cleanup_free_ char *path = xasprintf("%s/man1/%s.1", dir, page);
	_cleanup_free_ char *file = xasprintf("%s.1", target);

	unlink(path);
	if (symlink(file, path))
		return err_sys(err, "link '%.500s'", path);
	return 0;
}

static int write_command(const char *dir, const struct command *cmd, struct err *err)
{
	const struct command *shown = command_canonical(&cmd_set, cmd);
	_cleanup_free_ char *page = man_page_name("onggi", cmd->name);
	_cleanup_free_ char *target = man_page_name("onggi", shown->name);
	_cleanup_(buf) struct buf text = BUF_INIT;

	if (cmd->flags & CMD_HIDDEN)
		return 0;
	if (shown != cmd)
		return link_page(dir, page, target, err);
	man_command(cmd, &cmd_set, ONGGI_VERSION, &text);
	return write_page(dir, page, 1, &text, err);
}

static int make_directories(const char *dir, struct err *err)
{
	for (int section = 1; section <= 7; section += 6) {
		_cleanup_free_ char *path = xasprintf("%s/man%d", dir, section);

		if (mkdir(path, 0755) && errno != EEXIST)
			return err_sys(err, "make directory '%.500s'", path);
	}
	return 0;
}

static int run_man(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	(void)ctx;
	(void)args;
	(void)argc;
	man_program(&cmd_set, help_topics, ONGGI_VERSION, &text);
	if (make_directories(argv[0], err) || write_page(argv[0], "onggi", 1, &text, err))
		return 1;
	for (size_t i = 0; i < cmd_set.n; i++) {
		if (write_command(argv[0], cmd_set.list[i], err))
			return 1;
	}
	for (const struct man_topic *t = help_topics; t->name; t++) {
		_cleanup_free_ char *page = man_page_name("onggi", t->name);
		_cleanup_free_ char *topic = help_topic_text(t->name);

		buf_reset(&text);
		man_topic(t, topic, ONGGI_VERSION, &text);
		if (write_page(argv[0], page, 7, &text, err))
			return 1;
	}
	return 0;
}

const struct command cmd_man = {
	.name = "__man",
	.summary = "write manual pages, for the build",
	.usage = "DIR",
	.flags = CMD_HIDDEN | CMD_NO_CONFIG,
	.min_args = 1,
	.max_args = 1,
	.args_size = 1,
	.options = rows,
	.run = run_man,
};
