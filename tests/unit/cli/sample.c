/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

static const struct opt limits[] = {
	OPT_HEADING("Limits"),
	{.kind = OPT_KIND_SIZE,
	 .name = "memory",
	 .shorthand = 'm',
	 .offset = offsetof(struct sample_limits, memory),
	 .value = "SIZE",
	 .min = 6 << 20,
	 .help = "memory that may be used"},
	{.kind = OPT_KIND_INT,
	 .name = "pids-limit",
	 .offset = offsetof(struct sample_limits, pids),
	 .value = "NUMBER",
	 .min = -1,
	 .max = 4194304,
	 .fallback = "2048",
	 .help = "processes and threads, -1 for any number of them, counted for the container as a "
		 "whole and not for its programs"},
	{.kind = OPT_KIND_NANO,
	 .name = "cpus",
	 .offset = offsetof(struct sample_limits, cpus),
	 .value = "NUMBER",
	 .help = "processors"},
	{.kind = OPT_KIND_DURATION,
	 .name = "timeout",
	 .offset = offsetof(struct sample_limits, timeout),
	 .value = "DURATION",
	 .help = "end the container after this time"},
	OPT_END,
};

static const char *const pulls[] = {"always", "missing", "never", NULL};

static const struct opt run_rows[] = {
	OPT_FLAG("interactive", 'i', struct sample, interactive, "keep standard input open"),
	OPT_FLAG("tty", 't', struct sample, tty, "give the program a terminal"),
	OPT_FLAG("quiet", 'q', struct sample, quiet, "say less"),
	OPT_STR("name", 0, struct sample, name, "NAME", "name of the container"),
	OPT_LIST("env", 'e', struct sample, env, "NAME[=VALUE]", "set a variable"),
	{.kind = OPT_KIND_OPT_FLAG,
	 .name = "tls-verify",
	 .alias = "verify",
	 .offset = offsetof(struct sample, verify),
	 .help = "check certificates"},
	{.kind = OPT_KIND_CHOICE,
	 .name = "pull",
	 .offset = offsetof(struct sample, pull),
	 .value = "POLICY",
	 .choices = pulls,
	 .fallback = "missing",
	 .help = "when to pull"},
	OPT_GROUP(limits, offsetof(struct sample, limits)),
	OPT_HEADING("For scripts of other tools"),
	{.kind = OPT_KIND_ACCEPT,
	 .name = "isolation",
	 .value = "KIND",
	 .help = "only Windows has it"},
	{.kind = OPT_KIND_REFUSE,
	 .name = "link",
	 .value = "NAME",
	 .help = "join a network instead"},
	{.kind = OPT_KIND_FLAG,
	 .name = "secret-flag",
	 .offset = offsetof(struct sample, quiet),
	 .hidden = true,
	 .help = "hidden"},
	OPT_END,
};

static const struct opt outer_rows[] = {
	OPT_STR("root", 0, struct sample, name, "DIR", "where things are"),
	OPT_FLAG("debug", 'D', struct sample, tty, "tell more"),
	{.kind = OPT_KIND_FLAG, .name = "hush", .hidden = true},
	OPT_END,
};

const struct command sample_run = {
	.name = "run",
	.summary = "Run a program in a new container",
	.usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
	.description =
		"The image is pulled when it is absent. Options for onggi stand before the\n"
		"image, what follows belongs to the program.\n\nThe exit code is the program's.",
	.examples = "onggi run --rm onggi/hello\nonggi run -it debian",
	.flags = CMD_STOP_AT_ARG,
	.min_args = 1,
	.max_args = -1,
	.args_size = sizeof(struct sample),
	.options = run_rows,
	.outer = outer_rows,
};

const struct command sample_copy = {
	.name = "container cp",
	.summary = "Copy files",
	.usage = "[OPTIONS] SOURCE [TARGET]",
	.min_args = 1,
	.max_args = 2,
	.args_size = sizeof(struct sample),
	.options = run_rows,
};

const struct command sample_version = {
	.name = "version",
	.summary = "Print the version",
	.usage = "",
};
