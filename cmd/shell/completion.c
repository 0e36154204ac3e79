/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/strv.h"
#include "cmd.h"
#include "os/fd.h"
#include "shell/scripts.h"

/* In the scripts, where an option to leave descriptions out goes. */
#define DESCRIPTIONS " @NO_DESC@"

struct completion_args {
	const char *file;
	bool no_desc;
};

static const struct opt rows[] = {
	OPT_STR("file", 'f', struct completion_args, file, "FILE",
		"write to a file instead of standard output"),
	OPT_FLAG("no-desc", 0, struct completion_args, no_desc, "no descriptions of candidates"),
	OPT_END,
};

static const struct {
	const char *shell;
	const unsigned char *text;
	const size_t *size;
} scripts[] = {
	{"bash", shell_bash, &shell_bash_size},
	{"zsh", shell_zsh, &shell_zsh_size},
	{"fish", shell_fish, &shell_fish_size},
};

static int write_file(const char *path, const struct buf *text, struct err *err)
{
	_cleanup_fd_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || fd_write_full(fd, buf_str(text), text->len))
		return err_sys(err, "write '%.200s'", path);
	return 0;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct completion_args *a = args;
	_cleanup_(buf) struct buf out = BUF_INIT;

	(void)ctx;
	(void)argc;
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		const char *p = (const char *)scripts[i].text, *end = p + *scripts[i].size;
		const char *mark;

		if (!str_eq(argv[0], scripts[i].shell))
			continue;
		while ((mark = memmem(p, (size_t)(end - p), DESCRIPTIONS, strlen(DESCRIPTIONS)))) {
			buf_add(&out, p, (size_t)(mark - p));
			buf_adds(&out, a->no_desc ? " --no-desc" : "");
			p = mark + strlen(DESCRIPTIONS);
		}
		buf_add(&out, p, (size_t)(end - p));
		return (a->file ? write_file(a->file, &out, err) : cmd_print(&out, err)) ? 1 : 0;
	}
	err_set(err, ERR_USAGE, "no completion for '%.100s': bash, zsh or fish is accepted",
		argv[0]);
	return EXIT_ONGGI;
}

const struct command cmd_completion = {
	.name = "completion",
	.summary = "print the script that completes command lines",
	.usage = "[OPTIONS] bash|zsh|fish",
	.description =
		"Prints a script for a shell, which completes commands, options, their values, "
		"images, containers, volumes and files.\n\n"
		"bash: put \"source <(onggi completion bash)\" into ~/.bashrc. zsh: write it "
		"to a file _onggi in a directory of $fpath. fish: write it to "
		"~/.config/fish/completions/onggi.fish.",
	.examples = "onggi completion bash > onggi.bash\n"
		    "onggi completion --file _onggi zsh\n"
		    "onggi completion --no-desc fish > onggi.fish\n",
	.flags = CMD_NO_CONFIG,
	.min_args = 1,
	.max_args = 1,
	.args_size = sizeof(struct completion_args),
	.options = rows,
	.run = run,
};
