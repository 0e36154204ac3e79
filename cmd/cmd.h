/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share: the global options, the store, and how they talk to a person. */
#ifndef ONGGI_CMD_CMD_H
#define ONGGI_CMD_CMD_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/help.h"
#include "cli/option.h"
#include "config/config.h"
#include "store/store.h"

#define EXIT_ONGGI 125 /* our own failure where a container's exit code would stand */

struct global_options {
	const char *root;
	const char *runroot;
	const char *log_level;
	bool debug;
	bool version;
};

struct cmd_context {
	struct global_options global;
	struct config config; /* empty for commands with CMD_NO_CONFIG */
	struct store store;   /* use cmd_store() */
	bool store_open;
};

/* The store, opened at first use. Errors: those of store_open(). */
int cmd_store(struct cmd_context *ctx, struct store **ret, struct err *err);
/* Write text to standard output. Errors: ERR_SYSTEM (a full disk, a closed pipe). */
int cmd_print(const struct buf *text, struct err *err);
/* Print an error with its hint; returns code. */
int cmd_fail(const struct err *err, int code);

/*
 * What configuration says where the command line said nothing, into ctx. Errors: those of
 * config_load(); err may be NULL.
 */
int cmd_configure(struct cmd_context *ctx, struct err *err);

/* The program as a command whose operands are the words of the real one (main.c). */
extern const struct command cmd_program;
/* All commands (commands.c). */
extern const struct command_set cmd_set;
/*
 * Tell that words begin with no command, with err from command_find(): one that docker has is not
 * taken for a slip of the pen. words: at least one, ended by NULL. Returns the exit code.
 */
int cmd_unknown(char *const *words, const struct err *err);

extern const struct command cmd_config_check, cmd_config_keys, cmd_config_show;
extern const struct command cmd_container_ls, cmd_container_list, cmd_container_ps, cmd_ps;
extern const struct command cmd_container_remove, cmd_container_rm, cmd_rm;
extern const struct command cmd_container_run, cmd_run;
extern const struct command cmd_image_import, cmd_import;
extern const struct command cmd_image_load, cmd_load;
extern const struct command cmd_image_ls, cmd_image_list, cmd_images;
extern const struct command cmd_image_pull, cmd_pull;
extern const struct command cmd_image_remove, cmd_image_rm, cmd_rmi;
extern const struct command cmd_image_save, cmd_save;
extern const struct command cmd_image_tag, cmd_tag;
extern const struct command cmd_image_untag, cmd_untag;
extern const struct command cmd_system_doctor, cmd_doctor;
extern const struct command cmd_system_info, cmd_info;
extern const struct command cmd_container_prune, cmd_image_prune, cmd_volume_prune;
extern const struct command cmd_system_check, cmd_system_df, cmd_system_prune, cmd_unshare;
extern const struct command cmd_complete, cmd_completion, cmd_help, cmd_man, cmd_tables;
extern const struct command cmd_container_inspect, cmd_image_inspect, cmd_volume_inspect,
	cmd_inspect;
extern const struct command cmd_image_history, cmd_history;
extern const struct command cmd_container_exists, cmd_image_exists, cmd_volume_exists;
extern const struct command cmd_volume_create, cmd_volume_list, cmd_volume_ls;
extern const struct command cmd_volume_remove, cmd_volume_rm;
extern const struct command cmd_version;

#endif
