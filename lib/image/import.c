/* SPDX-License-Identifier: Apache-2.0 */
/* import: an image of one layer from a root file system's tar. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/parse.h"
#include "image/create.h"
#include "image/image.h"
#include "os/channel.h"
#include "store/layers.h"

struct call {
	struct store *store;
	const struct image_import_request *req;
	struct digest id;
};

/* From the child: the image's id. */
static void on_id(void *arg, const void *data, size_t len)
{
	struct call *c = arg;

	if (len == sizeof(c->id))
		memcpy(&c->id, data, len);
}

static void make_config(const struct image_import_request *req, struct image_config *c)
{
	struct arena *a = &c->arena;
	struct image_history *h = arena_push(a, c->history, c->n_history);
	struct platform host;
	const struct platform *p = req->platform;
	char text[FORMAT_MAX];
	struct timespec now;

	platform_host(&host);
	if (!p)
		p = &host;
	clock_gettime(CLOCK_REALTIME, &now);
	c->created = arena_strdup(a, format_time(now, text));
	c->os = arena_strdup(a, p->os);
	c->architecture = arena_strdup(a, p->arch);
	c->variant = p->variant[0] ? arena_strdup(a, p->variant) : NULL;
	h->created = c->created;
	h->comment = req->message
			     ? arena_strdup(a, req->message)
			     : arena_printf(a, "Imported from %s", req->input ? req->input : "-");
}

static int import_main(void *arg, int channel, struct err *err)
{
	struct call *c = arg;
	const struct image_import_request *req = c->req;
	_cleanup_(image_config) struct image_config config = {0};
	struct image_create create = {.config = &config,
				      .name = req->name,
				      .progress = req->progress};
	_cleanup_fd_ int own = -1;

	make_config(req, &config);
	if (image_config_change(&config, req->changes, err) < 0)
		return -1;
	if (req->input) {
		own = open(req->input, O_RDONLY | O_CLOEXEC);
		if (own < 0)
			return err_sys(err, "open '%s'", req->input);
	}
	create.layer = source_from_fd(req->input ? own : req->fd);
	if (image_create(c->store, &create, &c->id, err) < 0)
		return err_ctx(err, "import '%s'", req->input ? req->input : "standard input");
	if (channel < 0)
		return 0;
	return channel_send(channel, CHANNEL_DATA, &c->id, sizeof(c->id), err);
}

int image_import(struct store *s, const struct image_import_request *req, struct digest *ret_id,
		 struct err *err)
{
	struct call c = {.store = s, .req = req};

	if (store_run_mapped(s, import_main, &c, on_id, &c, err) < 0)
		return -1;
	*ret_id = c.id;
	return 0;
}
