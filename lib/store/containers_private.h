/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that implement store/containers.h share. Private to store. */
#ifndef ONGGI_STORE_CONTAINERS_PRIVATE_H
#define ONGGI_STORE_CONTAINERS_PRIVATE_H

#include <stdbool.h>

#include "codec/json.h"
#include "store/containers.h"

#define CONTAINER_RECORD_FILE "container.json"
#define CONTAINER_STATE_FILE  "state.json"
#define CONTAINER_NAMES_DIR   "by-name"
#define CONTAINER_NAME_MAX    128
#define CONTAINER_RECORD_MAX  ((size_t)4 << 20) /* bytes of container.json */
#define CONTAINER_STATE_MAX   ((size_t)1 << 20) /* bytes of state.json */

extern const struct json_table container_record_table;
extern const struct json_table container_state_table;

/* Has containers_fd/<id> a record? Without one it is being made, or what is left of one. */
bool store_container_complete(int containers_fd, const char *id);
/* Has it none, and is nobody at work on it? */
bool store_container_gone(int containers_fd, const char *id);
/*
 * Id that a name's link points to. Returns false where there is no such name or the link is no
 * link of ours.
 */
bool store_container_by_name(int containers_fd, const char *name, char ret_id[ID_LEN + 1]);
/* Remove names whose container is gone and which nobody is making. */
int store_names_sweep(struct store *s, struct err *err);

#endif
