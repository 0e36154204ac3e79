/* SPDX-License-Identifier: Apache-2.0 */
#include "container/image.h"

#include <string.h>

#include "base/log.h"
#include "base/strv.h"
#include "image/image.h"
#include "os/interrupt.h"

struct wanted {
	struct store *store;
	const struct container_options *options;
	const char *name;
	struct reference ref;
	bool has_ref; /* the name can be a reference */
	enum image_pull_policy policy;
	struct platform platform;
	bool has_platform;
};

/* It was meant by its id, which no registry knows. */
static bool found_by_id(const struct wanted *w, const struct store_image *img)
{
	const char *hex = w->name;

	str_prefix(w->name, "sha256:", &hex);
	return strncmp(img->id.hex, hex, strlen(hex)) == 0 &&
	       !(w->has_ref && reference_eq(&img->name, &w->ref));
}

/* Will what the store has do? One for another platform will not: *missing says so. */
static bool suffices(const struct wanted *w, const struct store_image *img, struct err *missing)
{
	char is[PLATFORM_STR_MAX], wanted[PLATFORM_STR_MAX];
	struct platform have;

	if (!w->has_ref || found_by_id(w, img) || w->policy == IMAGE_PULL_NEVER ||
	    image_is_embedded(&w->ref))
		return true;
	if (w->policy != IMAGE_PULL_MISSING)
		return false;
	image_config_platform(&img->config, &have);
	if (!w->has_platform || !*have.arch || platform_match(&w->platform, &have))
		return true;
	err_set(missing, ERR_INVALID, "image '%s' here is for %s, not for %s", w->name,
		platform_str(&have, is), platform_str(&w->platform, wanted));
	return false;
}

/* In the store. Returns 1 with the lock held, 0 when it is to be fetched; *missing says why. */
static int look(const struct wanted *w, struct container_image *ret, struct err *missing,
		struct err *err)
{
	_cleanup_(store_image) struct store_image img = {.id = {.hex = ""}};
	_cleanup_fd_ int lock = -1;

	if (store_lock_images(w->store, false, &lock, err))
		return -1;
	if (store_image_find(w->store, w->name, &img, missing)) {
		if (missing->kind == ERR_NOT_FOUND && w->has_ref &&
		    (w->policy != IMAGE_PULL_NEVER || image_is_embedded(&w->ref)))
			return 0;
		*err = *missing;
		return -1;
	}
	if (!suffices(w, &img, missing))
		return 0;
	ret->image = img;
	img = (struct store_image){.id = {.hex = ""}};
	ret->lock = fd_take(&lock);
	return 1;
}

static void announce(const struct wanted *w, const struct err *missing)
{
	char familiar[REFERENCE_STR_MAX];
	char name[REFERENCE_NAME_MAX + 1];

	reference_name(&w->ref, name);
	if (w->options->quiet || missing->kind == ERR_NONE)
		return;
	if (missing->kind == ERR_NOT_FOUND)
		log_print(LOG_LEVEL_ERROR, "image '%s' is not here yet, pulling it from %s",
			  reference_familiar(&w->ref, true, familiar), name);
	else
		log_print(LOG_LEVEL_ERROR, "%s: pulling it from %s", missing->text, name);
}

static int pull(const struct wanted *w, int *ret_signal, struct err *err)
{
	_cleanup_(interrupt) struct interrupt interrupt = {.flag = NULL};
	struct registry_options registry = w->options->registry;
	const struct image_pull_request req = {
		.name = &w->ref,
		.platform = w->has_platform ? &w->platform : NULL,
		.policy = w->policy,
		.registry = &registry,
		.progress = w->options->progress,
	};
	struct image_pulled pulled;

	if (interrupt_begin(&interrupt, err))
		return -1;
	registry.cancel = &interrupt.flag->set;
	if (!image_pull(w->store, &req, &pulled, err))
		return 0;
	if (err->kind == ERR_CANCELLED)
		*ret_signal = interrupt_signal(&interrupt);
	return -1;
}

/* Nobody has it yet: get it. missing: why the store can't give it. */
static int fetch(const struct wanted *w, struct err *missing, int *ret_signal, struct err *err)
{
	const char *rest;

	if (image_is_embedded(&w->ref))
		return image_load_embedded(w->store, err);
	announce(w, missing);
	if (!pull(w, ret_signal, err))
		return 0;
	/* A slip of the pen is likelier than an image that nobody may see. */
	if (str_prefix(missing->hint, "did you mean", &rest) && err->kind != ERR_CANCELLED &&
	    (err->kind == ERR_NOT_FOUND || !*err->hint))
		err_hint(err, "%s", missing->hint);
	return -1;
}

int container_image_find(struct store *s, const struct container_options *o, const char *name,
			 struct container_image *ret, struct err *err)
{
	struct wanted w = {.store = s, .options = o, .name = name};
	struct err missing = ERR_INIT;
	_cleanup_fd_ int lock = -1;
	char full[REFERENCE_STR_MAX];
	int r;

	w.has_ref = !reference_parse(name, &w.ref, NULL);
	w.policy = image_pull_policy_of(o->pull, IMAGE_PULL_MISSING);
	w.has_platform = !str_empty(o->platform);
	if (w.has_platform && platform_parse(o->platform, &w.platform, err))
		return err_ctx(err, "--platform");
	r = look(&w, ret, &missing, err);
	if (r)
		return r < 0 ? -1 : 0;
	if (fetch(&w, &missing, &ret->signal, err) || store_lock_images(s, false, &lock, err) ||
	    store_image_find(s, reference_str(&w.ref, full), &ret->image, err))
		return -1;
	ret->lock = fd_take(&lock);
	return 0;
}
