/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/id.h"
#include "base/strv.h"
#include "cmd.h"
#include "store/volumes.h"

struct create_args {
	char **labels;
	const char *driver, *name;
	bool ignore;
};

static const char *const drivers[] = {"local", NULL};

static const struct opt rows[] = {
	{.kind = OPT_KIND_CHOICE,
	 .name = "driver",
	 .shorthand = 'd',
	 .offset = offsetof(struct create_args, driver),
	 .value = "DRIVER",
	 .choices = drivers,
	 .fallback = "local",
	 .help = "there is one kind of volume"},
	OPT_FLAG("ignore", 0, struct create_args, ignore,
		 "accepted: a volume that exists is no error"),
	OPT_LIST("label", 'l', struct create_args, labels, "KEY=VALUE", "a label"),
	OPT_STR("name", 0, struct create_args, name, "NAME", "the name; better as an operand"),
	{.kind = OPT_KIND_REFUSE,
	 .name = "opt",
	 .shorthand = 'o',
	 .value = "KEY=VALUE",
	 .help = "a volume is a directory; --mount type=tmpfs or type=bind has options"},
	OPT_END,
};

/* Label texts stay argv's; pairs are borrowed from the copies in `keys`. */
static int parse_labels(char *const *list, struct arena *a, struct json_pair **ret, size_t *ret_n,
			struct err *err)
{
	*ret = NULL;
	*ret_n = 0;
	strv_foreach (s, list) {
		size_t len = strcspn(*s, "=");
		struct json_pair *p;

		if (!len)
			return err_set(err, ERR_INVALID, "--label '%s': expected KEY=VALUE", *s);
		p = arena_push(a, *ret, *ret_n);
		p->key = arena_strndup(a, *s, len);
		p->value = arena_strdup(a, (*s)[len] ? *s + len + 1 : "");
	}
	return 0;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct create_args *a = args;
	_cleanup_(arena) struct arena arena = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	const char *name = argc ? argv[0] : a->name;
	struct json_pair *labels;
	char random[ID_LEN + 1];
	struct store *s;
	size_t n;

	if (argc && a->name)
		return err_set(err, ERR_USAGE,
			       "--name '%s' and the operand '%s' say the same: give "
			       "one of them",
			       a->name, argv[0]),
		       1;
	if (!name) {
		id_random(random);
		name = random;
	}
	if (parse_labels(a->labels, &arena, &labels, &n, err) || cmd_store(ctx, &s, err) ||
	    store_volume_create(s, name, labels, n, NULL, err))
		return 1;
	buf_addf(&out, "%s\n", name);
	return cmd_print(&out, err) ? 1 : 0;
}

const struct command cmd_volume_create = {
	.name = "volume create",
	.summary = "make a volume",
	.usage = "[OPTIONS] [NAME]",
	.description =
		"Makes a volume and prints its name, a random one when none is given. A volume "
		"that exists stays as it is. onggi run -v NAME:DIR makes volumes, too.",
	.examples = "onggi volume create data\nonggi volume create --label of=web web-data\n",
	.max_args = 1,
	.args_size = sizeof(struct create_args),
	.options = rows,
	.run = run,
};
