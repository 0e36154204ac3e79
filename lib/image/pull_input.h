/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A repository of a registry as an input (image/input.h): content by descriptor only. What the
 * store has already is read from there. Private to image.
 */
#ifndef ONGGI_IMAGE_PULL_INPUT_H
#define ONGGI_IMAGE_PULL_INPUT_H

#include <stdatomic.h>

#include "image/input.h"
#include "registry/registry.h"

/*
 * Make one.
 *
 * r       borrowed
 * top     the document that the tag points to, which is not fetched again; borrowed
 * label   what to call it in messages
 * cancel  as in struct registry_options, for what is read from the store
 */
struct image_input *pull_input_new(struct store *s, struct registry *r,
				   const struct registry_manifest *top, const char *label,
				   const atomic_bool *cancel);

#endif
