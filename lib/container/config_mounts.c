/* SPDX-License-Identifier: Apache-2.0 */
/* What -v, --mount, --tmpfs and the image ask to be mounted; nothing is looked up or made here. */
#include <string.h>

#include "base/path.h"
#include "base/strv.h"
#include "container/config_parts.h"

typedef int parse_fn(struct arena *a, const char *s, struct mount_request *ret, struct err *err);

/* Append one request; two mounts on one target are a contradiction that docker refuses, too. */
static int add_request(struct container_config *c, const struct mount_request *m, struct err *err)
{
	if (c->n_mounts == CONTAINER_MOUNTS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d volumes and other mounts",
			       CONTAINER_MOUNTS_MAX);
	for (size_t i = 0; i < c->n_mounts; i++)
		if (str_eq(c->mounts[i].target, m->target))
			return err_set(err, ERR_INVALID, "'%s' is mounted twice", m->target);
	if (str_eq(m->target, "/"))
		return err_set(err, ERR_INVALID, "'/' can't be a mount's target in the container");
	*arena_push(&c->spec.arena, c->mounts, c->n_mounts) = *m;
	return 0;
}

static int parse_all(char **list, const char *option, parse_fn *parse, struct container_config *c,
		     struct err *err)
{
	strv_foreach (s, list) {
		struct mount_request m = {.kind = MOUNT_BIND};

		if (parse(&c->spec.arena, *s, &m, err) || add_request(c, &m, err))
			return err_ctx(err, "%s", option);
	}
	return 0;
}

static bool has_target(const struct container_config *c, const char *target)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		if (str_eq(c->mounts[i].target, target))
			return true;
	return false;
}

int config_mounts(const struct container_options *o, const struct store_image *image,
		  struct container_config *c, struct err *err)
{
	const struct image_container_config *ic = &image->config.config;

	if (parse_all(o->volume, "--volume", mount_parse_volume, c, err) ||
	    parse_all(o->mount, "--mount", mount_parse_long, c, err) ||
	    parse_all(o->tmpfs, "--tmpfs", mount_parse_tmpfs, c, err))
		return -1;
	for (size_t i = 0; i < ic->n_volumes; i++) {
		_cleanup_free_ char *target = path_clean(ic->volumes[i]);
		struct mount_request m = {.kind = MOUNT_VOLUME};

		if (has_target(c, target))
			continue;
		m.target = arena_strdup(&c->spec.arena, target);
		if (add_request(c, &m, err))
			return err_ctx(err, "image '%s': volume", c->record.image);
	}
	return 0;
}
