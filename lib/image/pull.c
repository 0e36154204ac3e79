/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_pull(): from a registry to a named image.
 *
 * What the store has decides first, by the policy. Then the document that the tag points to is
 * fetched, and from there on a pull is a load (load.c) whose input is the registry (pull_input.c):
 * the same way down through indexes, the same jobs. Only that each layer gets its name as soon as
 * it is verified, so that an interrupted pull leaves whole layers, which the next one finds, and
 * nothing else.
 *
 * Rootless, the network too is spoken to by the child in the user's namespace: bytes go straight
 * into files of the right owners. A signal sets a flag that parent and child share
 * (os/interrupt.h); every source looks at it and fails, the pipeline ends as after any failure, and
 * what it had begun is removed.
 */
#include "image/image.h"

#include <string.h>

#include "base/log.h"
#include "base/strv.h"
#include "image/load.h"
#include "image/pull_input.h"
#include "os/channel.h"
#include "store/layers.h"

struct pull {
	struct store *store;
	const struct image_pull_request *req;
	struct registry_options options;
	struct platform platform;
	char label[REFERENCE_STR_MAX];
	bool have; /* the store has such an image: */
	struct image_pulled known;
	struct image_pulled pulled;
};

const char *const image_pull_policies[] = {
	[IMAGE_PULL_MISSING] = "missing",
	[IMAGE_PULL_ALWAYS] = "always",
	[IMAGE_PULL_NEWER] = "newer",
	[IMAGE_PULL_NEVER] = "never",
	NULL,
};

enum image_pull_policy image_pull_policy_of(const char *word, enum image_pull_policy fallback)
{
	for (unsigned i = 0; word && image_pull_policies[i]; i++) {
		if (strcmp(word, image_pull_policies[i]) == 0)
			return (enum image_pull_policy)i;
	}
	return fallback;
}

static const struct registry_options default_options = {.retries = IMAGE_PULL_RETRIES};

static void note(void *arg, const char *text)
{
	const struct pull *p = arg;

	if (p->req->progress)
		progress_report(p->req->progress, PROGRESS_NOTE, text, 0, 0);
	else
		log_info("%s", text);
}

static bool is_cancelled(const struct pull *p)
{
	return p->options.cancel && atomic_load(p->options.cancel);
}

/* ---- what the store has ---- */

static void look_in_store(struct pull *p)
{
	_cleanup_(store_image) struct store_image img = {.id = {.hex = ""}};
	struct platform platform;
	struct err err = ERR_INIT;
	char name[REFERENCE_STR_MAX];

	p->have = false;
	/* One that can't be read is fetched anew. */
	if (store_image_find(p->store, reference_str(p->req->name, name), &img, &err) < 0) {
		log_debug("%s", err.text);
		return;
	}
	image_config_platform(&img.config, &platform);
	if (p->req->platform && *platform.arch && !platform_match(p->req->platform, &platform))
		return;
	p->have = true;
	p->known = (struct image_pulled){.id = img.id, .manifest = img.descriptor.digest};
	store_entry_repo_digest(&img.descriptor, &p->known.index);
}

static int no_such_image(const struct pull *p, struct err *err)
{
	char platform[PLATFORM_STR_MAX];

	err_set(err, ERR_NOT_FOUND, "no such image: %s%s%s", p->label,
		p->req->platform ? " for " : "",
		p->req->platform ? platform_str(p->req->platform, platform) : "");
	return err_hint(err, "without the policy 'never' it would be pulled; `onggi images` lists "
			     "what is there");
}

/* The image in the binary is nobody's to serve. */
static int pull_embedded(struct pull *p, struct err *err)
{
	bool fresh = !p->have;

	if (fresh && image_load_embedded(p->store, err) < 0)
		return -1;
	if (fresh)
		look_in_store(p);
	p->pulled = p->known;
	p->pulled.fresh = fresh;
	return 0;
}

/* Returns 1 when the store has the answer, 0 when the registry is to be asked. */
static int ask_store(struct pull *p, struct err *err)
{
	look_in_store(p);
	if (!p->have && p->req->policy == IMAGE_PULL_NEVER)
		return no_such_image(p, err);
	if (image_is_embedded(p->req->name))
		return pull_embedded(p, err) < 0 ? -1 : 1;
	if (!p->have || p->req->policy == IMAGE_PULL_ALWAYS || p->req->policy == IMAGE_PULL_NEWER)
		return 0;
	p->pulled = p->known;
	return 1;
}

/* ---- the registry ---- */

/* Is what the tag points to in the store already? Not being able to tell is no error. */
static bool is_newest(struct pull *p, struct registry *r)
{
	struct err err = ERR_INIT;
	struct digest now = p->req->name->digest;

	if (digest_is_set(&now) || registry_manifest_head(r, p->req->name->tag, &now, &err) == 0)
		return digest_eq(&now, &p->known.index);
	if (!is_cancelled(p))
		log_info("'%s' in the store is used: %s", p->label, err.text);
	return !is_cancelled(p);
}

/* Some registries don't tell the media type: then the document's members do. */
static const char *media_type_of(const struct registry_manifest *m)
{
	_cleanup_(json) struct json *root = NULL;
	enum media_kind kind = media_kind(m->media_type, NULL);

	if (kind == MEDIA_INDEX || kind == MEDIA_MANIFEST)
		return m->media_type;
	if (json_parse(m->text.data, m->text.len, "manifest", &root, NULL) == 0 &&
	    json_get(root, "manifests"))
		return MEDIA_OCI_INDEX;
	return MEDIA_OCI_MANIFEST;
}

/* What the config says counts: a manifest without an index says nothing about its platform. */
static int check_platform(struct pull *p, const struct load_image *image, struct err *err)
{
	_cleanup_(image_config) struct image_config c = {.os = NULL};
	const struct buf *text = &image->config->text;
	char a[PLATFORM_STR_MAX], b[PLATFORM_STR_MAX];
	struct platform have;

	if (image_config_parse(text->data, text->len, "image config", &c, err) < 0)
		return -1;
	image_config_platform(&c, &have);
	if (!*have.arch || platform_match(&p->platform, &have))
		return 0;
	platform_str(&have, a);
	platform_str(&p->platform, b);
	if (p->req->platform) {
		err_set(err, ERR_NOT_FOUND, "image '%s' is for %s, not for %s", p->label, a, b);
		return err_hint(err, "--platform %s", a);
	}
	log_warn("image '%s' is for %s, this machine is %s", p->label, a, b);
	return 0;
}

/* Fetch what the document that the tag points to names. */
static int fetch(struct pull *p, struct registry *r, const struct registry_manifest *top,
		 struct err *err)
{
	_cleanup_(load) struct load l = {.store = p->store, .platform = &p->platform, .keep = true};
	struct descriptor entry = {.digest = top->digest, .size = top->text.len};
	struct reference as = *p->req->name;
	struct load_image *image;
	char name[REFERENCE_STR_MAX];

	load_documents_init(&l.documents);
	l.input = pull_input_new(p->store, r, top, p->label, p->options.cancel);
	entry.media_type = arena_strdup(&l.arena, media_type_of(top));
	/* As docker has it: what was asked for by digest has no tag, which may mean another. */
	if (digest_is_set(&as.digest))
		as.tag[0] = '\0';
	descriptor_annotate(&l.arena, &entry, ANNOTATION_CONTAINERD_NAME, reference_str(&as, name));
	if (load_oci_entry(&l, &entry, err) < 0)
		return l.n_images ? -1 : err_ctx(err, "image '%s'", p->label);
	image = &l.images[0];
	if (!digest_eq(&image->manifest_digest, &top->digest))
		image->repo_digest = top->digest;
	if (check_platform(p, image, err) < 0 || load_store(&l, p->req->progress, err) < 0)
		return -1;
	p->pulled = (struct image_pulled){.id = image->id,
					  .manifest = image->manifest_digest,
					  .index = top->digest};
	p->pulled.fresh = !p->have || !digest_eq(&p->known.manifest, &p->pulled.manifest) ||
			  !digest_eq(&p->known.index, &p->pulled.index);
	return 0;
}

static int talk(struct pull *p, struct err *err)
{
	const struct reference *name = p->req->name;
	_cleanup_(registry) struct registry *r = NULL;
	_cleanup_(registry_manifest) struct registry_manifest top = {.text = BUF_INIT};

	if (registry_open(name, &p->options, &r, err) < 0)
		return -1;
	if (p->have && p->req->policy == IMAGE_PULL_NEWER && is_newest(p, r)) {
		p->pulled = p->known;
		return 0;
	}
	if (registry_manifest_get(r, name->tag, digest_is_set(&name->digest) ? &name->digest : NULL,
				  &top, err) < 0)
		return -1;
	return fetch(p, r, &top, err);
}

static int pull_main(void *arg, int channel, struct err *err)
{
	struct pull *p = arg;

	if (talk(p, err) < 0)
		return -1;
	return channel < 0
		       ? 0
		       : channel_send(channel, CHANNEL_DATA, &p->pulled, sizeof(p->pulled), err);
}

/* From the child, which is this very program. */
static void on_pulled(void *arg, const void *data, size_t len)
{
	struct pull *p = arg;

	if (len == sizeof(p->pulled))
		memcpy(&p->pulled, data, len);
}

static void prepare(struct pull *p)
{
	const struct image_pull_request *req = p->req;

	p->options = req->registry ? *req->registry : default_options;
	if (!p->options.note) {
		p->options.note = note;
		p->options.note_arg = p;
	}
	if (req->platform)
		p->platform = *req->platform;
	else
		platform_host(&p->platform);
	reference_familiar(req->name, true, p->label);
}

int image_pull(struct store *s, const struct image_pull_request *req, struct image_pulled *ret,
	       struct err *err)
{
	struct pull p = {.store = s, .req = req};
	int r;

	prepare(&p);
	r = ask_store(&p, err);
	if (r == 0)
		r = store_run_mapped(s, pull_main, &p, on_pulled, &p, err);
	if (r < 0 && is_cancelled(&p)) {
		err_clear(err);
		err_set(err, ERR_CANCELLED, "pulling '%s' was interrupted", p.label);
		return err_hint(err,
				"layers that were complete are kept: `onggi pull %s` fetches "
				"the rest",
				p.label);
	}
	if (r < 0)
		return -1;
	*ret = p.pulled;
	return 0;
}

int image_pull_tags(const struct reference *name, const struct registry_options *o, char ***ret,
		    struct err *err)
{
	_cleanup_(registry) struct registry *r = NULL;

	if (registry_open(name, o, &r, err) < 0)
		return -1;
	return registry_tags(r, ret, err);
}
