/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker-archive: manifest.json lists images by their config and their layers' tars, bottom first.
 * The config is kept byte for byte, so that the image keeps its id.
 */
#include "image/load.h"

#include <string.h>

#include "base/id.h"
#include "base/path.h"
#include "base/strv.h"
#include "codec/json.h"
#include "image/unpack_entry.h"

struct docker_image {
	char *config;
	char **repo_tags;
	size_t n_repo_tags;
	char **layers;
	size_t n_layers;
};

static const struct json_field docker_image_fields[] = {
	JSON_FIELD(JSON_F_STRING, "Config", struct docker_image, config, JSON_REQUIRED),
	JSON_FIELD_N(JSON_F_STRV, "RepoTags", struct docker_image, repo_tags, NULL, 0),
	JSON_FIELD_N(JSON_F_STRV, "Layers", struct docker_image, layers, NULL, 0),
};
static const struct json_table docker_image_table =
	JSON_TABLE(struct docker_image, docker_image_fields);

/* The config's file is named by its digest: "<hex>.json" or "blobs/sha256/<hex>". */
static int check_config_name(const char *name, const struct digest *id, struct err *err)
{
	const char *base = path_base(name);
	size_t len = strcspn(base, ".");

	if (len != 64 || !hex_valid(base, len) || strncmp(base, id->hex, len) == 0)
		return 0;
	return err_set(err, ERR_CORRUPT, "config '%s' has the digest sha256:%.12s", name, id->hex);
}

static int read_config(struct load *l, struct load_image *image, const struct docker_image *d,
		       struct err *err)
{
	struct load_document *config;
	char name[TAR_PATH_MAX];

	if (strlen(d->config) >= TAR_PATH_MAX || unpack_clean(d->config, name, err) < 0)
		return err_set(err, ERR_INVALID,
			       "manifest.json: the config's name '%.64s' is no "
			       "name of a member",
			       d->config);
	if (load_read(l, name, IMAGE_CONFIG_MAX_SIZE, &config, err) < 0 ||
	    digest_of(config->text.data, config->text.len, &image->id, err) < 0 ||
	    check_config_name(name, &image->id, err) < 0)
		return -1;
	return load_set_config(l, image, config, d->n_layers, err);
}

static int add_image(struct load *l, const struct docker_image *d, struct err *err)
{
	struct load_image *image;
	char name[TAR_PATH_MAX];

	if (d->n_layers > MANIFEST_MAX_LAYERS)
		return err_set(err, ERR_LIMIT, "image has %zu layers, at most %d are accepted",
			       d->n_layers, MANIFEST_MAX_LAYERS);
	image = load_add(l, err);
	if (!image)
		return -1;
	image->label = arena_strdup(&l->arena, d->n_repo_tags ? d->repo_tags[0] : d->config);
	if (read_config(l, image, d, err) < 0)
		return err_ctx(err, "image '%s'", image->label);
	for (size_t i = 0; i < d->n_repo_tags; i++) {
		struct reference ref;

		if (reference_parse(d->repo_tags[i], &ref, err) < 0)
			return err_ctx(err, "image '%s'", image->label);
		load_add_name(l, image, &ref);
	}
	for (size_t i = 0; i < d->n_layers; i++) {
		if (strlen(d->layers[i]) >= TAR_PATH_MAX ||
		    unpack_clean(d->layers[i], name, err) < 0)
			return err_set(err, ERR_INVALID,
				       "image '%s': layer '%.64s' is no name of a member",
				       image->label, d->layers[i]);
		image->layers[i].member = arena_strdup(&l->arena, name);
	}
	return 0;
}

/* Of the images of podman and old docker, several may have the name that was asked for. */
static bool is_wanted(const struct load *l, const struct docker_image *d)
{
	struct reference want, have;

	if (!l->only)
		return true;
	if (reference_parse(l->only, &want, NULL) < 0)
		return false;
	for (size_t i = 0; i < d->n_repo_tags; i++) {
		if (reference_parse(d->repo_tags[i], &have, NULL) == 0 &&
		    reference_eq(&want, &have))
			return true;
	}
	return false;
}

int load_docker(struct load *l, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(MANIFEST_MAX_SIZE + 1);
	_cleanup_(json) struct json *root = NULL;
	size_t n;

	if (image_input_read(l->input, "manifest.json", MANIFEST_MAX_SIZE, &text, err) < 0 ||
	    json_parse(text.data, text.len, "manifest.json", &root, err) < 0)
		return -1;
	n = json_len(root);
	if (json_type(root) != JSON_ARRAY || !n)
		return err_set(err, ERR_INVALID, "manifest.json lists no image");
	for (size_t i = 0; i < n; i++) {
		struct docker_image d = {0};
		char where[48];

		snprintf(where, sizeof(where), "manifest.json[%zu]", i);
		if (json_decode(&docker_image_table, json_at(root, i), where, &d, &l->arena, err) <
		    0)
			return -1;
		if (is_wanted(l, &d) && add_image(l, &d, err) < 0)
			return -1;
	}
	if (!l->n_images)
		return err_set(err, ERR_NOT_FOUND, "there is no image '%s'", l->only);
	return 0;
}
