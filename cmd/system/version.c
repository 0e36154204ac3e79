/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/utsname.h>

#include "cmd.h"
#include "oci/platform.h"
#include "oci/runtime_spec.h"

static const struct opt rows[] = {OPT_END};

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct platform p;
	struct utsname u;
	char text[PLATFORM_STR_MAX];

	(void)ctx;
	(void)args;
	(void)argv;
	(void)argc;
	platform_host(&p);
	if (uname(&u))
		return err_sys(err, "ask for the kernel's version"), 1;
	buf_addf(&out, "Version:       %s\n", ONGGI_VERSION);
	buf_addf(&out, "Runtime spec:  %s\n", RUNTIME_SPEC_VERSION);
	buf_addf(&out, "OS/Arch:       %s\n", platform_str(&p, text));
	buf_addf(&out, "Kernel:        %s\n", u.release);
	return cmd_print(&out, err) ? 1 : 0;
}

const struct command cmd_version = {
	.name = "version",
	.summary = "print versions",
	.usage = "",
	.description =
		"Prints the versions of onggi, of the runtime specification and of the kernel.",
	.examples = "onggi version\n",
	.args_size = 1,
	.options = rows,
	.run = run,
};
