/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of container_config_build(), one subject each. For lib/container only. */
#ifndef ONGGI_CONTAINER_CONFIG_PARTS_H
#define ONGGI_CONTAINER_CONFIG_PARTS_H

#include "container/config.h"

/* Arguments, environment, working directory, user, umask, rlimits, terminal. */
int config_process(const struct container_options *o, const struct store_image *image,
		   char *const *argv, struct container_config *c, struct err *err);
/* Capabilities, no_new_privs, seccomp, masked and read-only paths, sysctls. */
int config_security(const struct container_options *o, struct container_config *c, struct err *err);
/* Namespaces, devices and the mounts that every container has. */
int config_isolation(const struct container_options *o, struct container_config *c,
		     struct err *err);
/* Memory, CPU, process and device limits. */
int config_limits(const struct container_options *o, struct container_config *c, struct err *err);
/* -v, --mount, --tmpfs and the image's volumes as requests. */
int config_mounts(const struct container_options *o, const struct store_image *image,
		  struct container_config *c, struct err *err);
/* What the record keeps for those who look; borrows from the options and the image. */
void config_record(const struct container_options *o, const struct store_image *image,
		   struct container_config *c);
/*
 * Lines of a file as docker's --env-file and --label-file take them: "NAME=VALUE", "NAME" (value
 * from the caller's environment when from_env), "#" comments, blank lines; appended to strv.
 * Errors: ERR_INVALID with file:line:column.
 */
int config_read_pairs_file(const char *path, bool from_env, char ***strv, struct err *err);

#endif
