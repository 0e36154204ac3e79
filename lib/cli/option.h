/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options as data.
 *
 * A command is a struct of arguments, a table of rows that store into it by offset, and a function.
 * A row is the only place that knows an option: parsing and --help take it from there. Groups of
 * rows shared by commands are included with OPT_GROUP().
 *
 * Conventions: -x VALUE, -xVALUE, --long VALUE, --long=VALUE, grouped short flags (-it), "--" ends
 * the options; --flag=false for booleans. With CMD_STOP_AT_ARG options end at the first operand
 * (run, exec).
 */
#ifndef ONGGI_CLI_OPTION_H
#define ONGGI_CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum opt_kind {
	OPT_KIND_FLAG,	   /* bool */
	OPT_KIND_OPT_FLAG, /* int: -1 not given, 0, 1 */
	OPT_KIND_STRING,   /* const char *: points into argv */
	OPT_KIND_LIST, /* char **: NULL-terminated strv, appended to (strv_free by the caller) */
	OPT_KIND_INT,  /* int64_t, min..max */
	OPT_KIND_SIZE, /* int64_t bytes; -1 accepted where min is -1 */
	OPT_KIND_DURATION, /* int64_t nanoseconds */
	OPT_KIND_NANO,	   /* int64_t units of 1e-9, from a decimal fraction */
	OPT_KIND_CHOICE,   /* const char *: one of choices */
	OPT_KIND_GROUP,	   /* rows of another table, for the same struct or an embedded one */
	OPT_KIND_HEADING,  /* a heading in --help */
	OPT_KIND_ACCEPT,   /* parsed, ignored with a note */
	OPT_KIND_REFUSE,   /* refused; help says why */
};

/* What completes a value or an operand. */
enum opt_complete {
	OPT_COMPLETE_AUTO, /* as the placeholder says: FILE, DIR, IMAGE, CONTAINER, VOLUME, … */
	OPT_COMPLETE_NONE,
	OPT_COMPLETE_FILE,
	OPT_COMPLETE_DIR,
	OPT_COMPLETE_IMAGE,
	OPT_COMPLETE_CONTAINER,
	OPT_COMPLETE_RUNNING, /* a container that runs */
	OPT_COMPLETE_OBJECT,  /* an image or a container */
	OPT_COMPLETE_VOLUME,
	OPT_COMPLETE_COMMAND, /* a command of ours, or a topic of help */
};

struct opt {
	enum opt_kind kind;
	const char *name;	    /* long name without dashes */
	char shorthand;		    /* 0: none */
	size_t offset;		    /* of the member; for a group: of the embedded struct */
	const char *value;	    /* placeholder: "NAME"; NULL for flags */
	const char *help;	    /* one line, lower case, no full stop */
	const char *fallback;	    /* default as shown in help; NULL: none */
	int64_t min, max;	    /* OPT_KIND_INT, OPT_KIND_SIZE */
	const char *const *choices; /* NULL-terminated */
	const struct opt *group;
	const char *alias; /* a second long name, or NULL */
	bool hidden;
	enum opt_complete complete;
};

#define OPT_FLAG(name_, short_, type_, member_, help_)                                             \
	{                                                                                          \
		.kind = OPT_KIND_FLAG, .name = (name_), .shorthand = (short_),                     \
		.offset = offsetof(type_, member_), .help = (help_)                                \
	}
#define OPT_STR(name_, short_, type_, member_, value_, help_)                                      \
	{                                                                                          \
		.kind = OPT_KIND_STRING, .name = (name_), .shorthand = (short_),                   \
		.offset = offsetof(type_, member_), .value = (value_), .help = (help_)             \
	}
#define OPT_LIST(name_, short_, type_, member_, value_, help_)                                     \
	{                                                                                          \
		.kind = OPT_KIND_LIST, .name = (name_), .shorthand = (short_),                     \
		.offset = offsetof(type_, member_), .value = (value_), .help = (help_)             \
	}
/* clang-format off */
#define OPT_HEADING(help_) {.kind = OPT_KIND_HEADING, .help = (help_)}
#define OPT_GROUP(rows_, offset_) {.kind = OPT_KIND_GROUP, .group = (rows_), .offset = (offset_)}
#define OPT_END {.kind = OPT_KIND_FLAG, .name = NULL}
/* clang-format on */

#define CMD_STOP_AT_ARG 0x1u /* options end at the first operand */
#define CMD_HIDDEN	0x2u
#define CMD_NO_CONFIG	0x4u /* works without a configuration, or with a wrong one */

struct cmd_context; /* defined by cmd/: the global options and the opened store */

struct command {
	const char *name;	 /* "run"; words of a noun form: "container run" */
	const char *summary;	 /* one line */
	const char *usage;	 /* operands: "[OPTIONS] IMAGE [COMMAND] [ARG...]" */
	const char *description; /* paragraphs for --help and the man page; NULL: none */
	const char *examples;	 /* lines "onggi …", each executed by a test; NULL: none */
	unsigned flags;
	int min_args, max_args;	    /* operands; max -1: any */
	enum opt_complete complete; /* of its operands, where the usage does not tell */
	size_t args_size;	    /* sizeof of the struct of arguments */
	const struct opt *options;
	/* Rows of the program, which stand before the command: a hint may say so. NULL: none. */
	const struct opt *outer;
	/* Set defaults that are not zero; may be NULL. */
	void (*defaults)(void *args);
	/* Set what configuration says, before the command line is parsed; may be NULL. */
	void (*configure)(const struct cmd_context *ctx, void *args);
	/* Release lists; may be NULL. */
	void (*done)(void *args);
	/* Returns the exit code; with err set, main prints it and uses 125 (run) or 1. */
	int (*run)(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err);
};

/*
 * Parse argv (without the command's own words) into args.
 *
 * argv                ends with NULL
 * args                zeroed by the caller, who then called cmd->defaults; whatever is returned,
 * the caller ends with option_release(). OPT_KIND_OPT_FLAG members are set to -1 here ret_argv,
 * ret_argc  the operands: a part of argv, reordered in place, that ends with NULL Returns 0, 1 when
 * --help was asked for, or -1 with ERR_USAGE: unknown options name the nearest one, refused values
 * echo what is accepted; the hint is "onggi COMMAND --help".
 */
int option_parse(const struct command *cmd, char **argv, void *args, char ***ret_argv,
		 int *ret_argc, struct err *err);
/* Release the lists that the rows of cmd stored into args. */
void option_release(const struct command *cmd, void *args);
/*
 * Find a command by the leading words of argv: "run", "container run", "image ls". ret_words: how
 * many words belong to it. An unknown one is ERR_USAGE with the nearest name.
 */
int command_find(const struct command *const *commands, size_t n, char **argv,
		 const struct command **ret, int *ret_words, struct err *err);

#endif
