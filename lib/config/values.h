/* SPDX-License-Identifier: Apache-2.0 */
/* Texts to values of keys. Private to config. */
#ifndef ONGGI_CONFIG_VALUES_H
#define ONGGI_CONFIG_VALUES_H

#include "config/config.h"

/*
 * Set a key that is not a list from text. Errors: ERR_INVALID saying what is accepted, without the
 * key's name.
 */
int config_set(struct config *c, const struct config_key *k, const char *text, struct err *err);
/* Set a list to n texts, which are copied. */
void config_set_list(struct config *c, const struct config_key *k, const char *const *texts,
		     size_t n);

#endif
