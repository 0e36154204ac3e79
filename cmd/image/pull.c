/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/log.h"
#include "base/strv.h"
#include "cmd.h"
#include "container/remove.h"
#include "image/image.h"
#include "image/options.h"
#include "os/interrupt.h"
#include "progress.h"
#include "registry.h"

struct pull_args {
	bool all_tags, quiet;
	const char *platform, *os, *arch, *variant;
	const char *policy, *progress;
	struct image_fetch_args fetch;
};

#define T struct pull_args
static const struct opt rows[] = {
	OPT_FLAG("all-tags", 'a', T, all_tags, "pull every tag of the repository"),
	OPT_STR("arch", 0, T, arch, "ARCH", "architecture of the image, instead of --platform"),
	{.kind = OPT_KIND_ACCEPT,
	 .name = "disable-content-trust",
	 .help = "signatures have a policy of their own"},
	OPT_STR("os", 0, T, os, "OS", "operating system of the image, instead of --platform"),
	OPT_STR("platform", 0, T, platform, "OS/ARCH",
		"which image of several platforms; default: this machine's"),
	{.kind = OPT_KIND_CHOICE,
	 .name = "policy",
	 .offset = offsetof(T, policy),
	 .value = "POLICY",
	 .choices = image_pull_policies,
	 .fallback = "always",
	 .help = "when to ask the registry"},
	OPT_PROGRESS(T, progress),
	OPT_FLAG("quiet", 'q', T, quiet, "print only the full name"),
	OPT_RETRY(T, fetch),
	OPT_TLS_VERIFY(T, fetch),
	OPT_STR("variant", 0, T, variant, "VARIANT",
		"variant of the architecture, instead of --platform"),
	OPT_END,
};
#undef T

static void defaults(void *args)
{
	struct pull_args *a = args;

	a->fetch = IMAGE_FETCH_ARGS_INIT;
}

static void configure(const struct cmd_context *ctx, void *args)
{
	struct pull_args *a = args;

	a->platform = ctx->config.values.platform;
}

/* Returns 1 with a platform, 0 where none was asked for. */
static int platform_of(const struct pull_args *a, struct platform *ret, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct platform host;

	if (!a->os && !a->arch && !a->variant) {
		if (!str_empty(a->platform) && platform_parse(a->platform, ret, err))
			return err_ctx(err, "--platform");
		return !str_empty(a->platform);
	}
	platform_host(&host);
	buf_addf(&text, "%s/%s", a->os ? a->os : host.os, a->arch ? a->arch : host.arch);
	if (a->variant || (!a->arch && *host.variant))
		buf_addf(&text, "/%s", a->variant ? a->variant : host.variant);
	if (platform_parse(buf_str(&text), ret, err))
		return err_ctx(err, "--os, --arch, --variant");
	return 1;
}

static int print_pulled(const struct reference *name, const struct image_pulled *pulled, bool quiet,
			struct err *err)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	char text[REFERENCE_STR_MAX];
	char digest[DIGEST_STR_MAX];

	if (!quiet) {
		buf_addf(&out, "Digest: %s\nStatus: %s for %s\n",
			 digest_str(&pulled->index, digest),
			 pulled->fresh ? "Downloaded newer image" : "Image is up to date",
			 reference_familiar(name, true, text));
	}
	buf_addf(&out, "%s\n", reference_str(name, text));
	return cmd_print(&out, err);
}

static int announce(const struct reference *name, bool default_tag, struct err *err)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	char digest[DIGEST_STR_MAX];

	if (default_tag)
		buf_addf(&out, "Using default tag: %s\n", name->tag);
	buf_addf(&out, "%s: Pulling from %s\n",
		 digest_is_set(&name->digest) ? digest_str(&name->digest, digest) : name->tag,
		 name->path);
	return cmd_print(&out, err);
}

struct pulling {
	struct store *store;
	const struct pull_args *args;
	struct image_pull_request req;
};

static int pull_one(struct pulling *p, const struct reference *name, bool default_tag,
		    struct err *err)
{
	bool quiet = p->args->quiet;
	struct image_pulled pulled;

	p->req.name = name;
	if ((!quiet && announce(name, default_tag, err)) ||
	    image_pull(p->store, &p->req, &pulled, err))
		return -1;
	return print_pulled(name, &pulled, quiet, err);
}

static int pull_all_tags(struct pulling *p, const char *word, struct reference *name,
			 struct err *err)
{
	_cleanup_strv_ char **tags = NULL;
	const char *last = strrchr(word, '/');

	if (digest_is_set(&name->digest) || strchr(last ? last : word, ':')) {
		err_set(err, ERR_USAGE, "'%s': --all-tags takes a name without a tag or digest",
			word);
		return -1;
	}
	if (image_pull_tags(name, p->req.registry, &tags, err))
		return -1;
	strv_foreach (tag, tags) {
		if (!str_copy(name->tag, sizeof(name->tag), *tag))
			return err_set(err, ERR_LIMIT, "'%s': tag '%.40s…' is too long", word,
				       *tag);
		if (pull_one(p, name, false, err))
			return -1;
	}
	return 0;
}

static int pull_word(struct pulling *p, const char *word, struct err *err)
{
	const char *last = strrchr(word, '/');
	struct reference name;

	str_prefix(word, "docker://", &word);
	if (reference_parse(word, &name, err))
		return -1;
	if (p->args->all_tags)
		return pull_all_tags(p, word, &name, err);
	return pull_one(p, &name, !strpbrk(last ? last : word, ":@"), err);
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct pull_args *a = args;
	_cleanup_(interrupt) struct interrupt interrupt = {.flag = NULL};
	_cleanup_(progress_view) struct progress_view *view = NULL;
	struct registry_options registry;
	struct platform platform;
	struct pulling p = {.args = a};
	int code = 0;
	int r = platform_of(a, &platform, err);

	(void)argc;
	if (r < 0)
		return EXIT_ONGGI;
	if (cmd_store(ctx, &p.store, err) || container_sweep(p.store, err) ||
	    interrupt_begin(&interrupt, err))
		return 1;
	cmd_registry(ctx, &a->fetch, &registry);
	registry.cancel = &interrupt.flag->set;
	view = cmd_progress(ctx, a->progress, a->quiet, true, "pulling");
	p.req.platform = r ? &platform : NULL;
	p.req.policy = image_pull_policy_of(a->policy, IMAGE_PULL_ALWAYS);
	p.req.registry = &registry;
	p.req.progress = progress_view_events(view);
	strv_foreach (word, argv) {
		struct err one = ERR_INIT;

		if (pull_word(&p, *word, &one) == 0)
			continue;
		log_err(&one);
		code = 1;
		if (one.kind == ERR_CANCELLED)
			return 128 + interrupt_signal(&interrupt);
	}
	return code;
}

#define PULL(name_)                                                                                \
	{                                                                                          \
		.name = (name_), .summary = "fetch images from a registry",                        \
		.usage = "[OPTIONS] NAME[:TAG|@DIGEST] [NAME...]",                                 \
		.description =                                                                     \
			"Fetches images, of each the one for this machine's platform. Layers "     \
			"that the store has are not fetched again; a connection that breaks is "   \
			"taken up where it was cut, and a pull that was interrupted goes on with " \
			"the layers that are missing. The last line on standard output, and with " \
			"--quiet the only one, is the full name, as docker's is (podman prints "   \
			"the image id, which `onggi images -q --no-trunc NAME` tells).\n\n"        \
			"--policy missing asks the registry only for what the store has not, "     \
			"newer only whether it has something else, and uses what is there where "  \
			"it can't be reached; never does not ask at all.",                         \
		.examples = "onggi pull --policy missing busybox\n"                                \
			    "onggi pull --quiet --policy never onggi/hello\n",                     \
		.min_args = 1, .max_args = -1, .args_size = sizeof(struct pull_args),              \
		.options = rows, .defaults = defaults, .configure = configure, .run = run          \
	}

const struct command cmd_pull = PULL("pull");
const struct command cmd_image_pull = PULL("image pull");
