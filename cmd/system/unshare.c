/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strv.h"
#include "cmd.h"
#include "container/unshare.h"

struct unshare_args {
	bool unused;
};

static const struct opt rows[] = {
	OPT_END,
};

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	char *shell = getenv("SHELL");
	char *const shell_argv[] = {str_empty(shell) ? (char[]){"/bin/sh"} : shell, NULL};
	struct store *s;
	int code = 0;

	(void)args;
	if (cmd_store(ctx, &s, err))
		return EXIT_ONGGI;
	if (geteuid() == 0)
		log_info("root needs no user namespace: the program runs as it is");
	if (container_unshare(s, argc ? argv : shell_argv, &code, err) == 0)
		return code;
	if (err->kind == ERR_EXEC)
		return err->sys == ENOENT ? 127 : 126;
	return EXIT_ONGGI;
}

const struct command cmd_unshare = {
	.name = "unshare",
	.summary = "run a program of the host as containers' files see their owners",
	.usage = "[OPTIONS] [COMMAND] [ARG...]",
	.description =
		"Files of containers and volumes belong to a user's subordinate ids, which are "
		"strangers on the host. Runs a program of the host, or $SHELL, as root of the user "
		"namespace in which those ids are the containers': there ls shows the owners that "
		"containers see, and cp and rm may work on the files. ONGGI_ROOT says where the "
		"store is. Mounts that the program makes vanish with it. Root needs none of that, "
		"and the program just runs.",
	.examples = "onggi unshare sh -c 'ls -ln \"$ONGGI_ROOT\"/layers/sha256'\n"
		    "onggi unshare sh -c 'du -sh \"$ONGGI_ROOT\"'\n",
	.flags = CMD_STOP_AT_ARG,
	.max_args = -1,
	.args_size = sizeof(struct unshare_args),
	.options = rows,
	.run = run,
};
