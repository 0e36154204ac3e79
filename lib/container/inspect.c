/* SPDX-License-Identifier: Apache-2.0 */
#include "container/inspect.h"

#include <stdio.h>

#include "base/strv.h"
#include "cli/value_table.h"
#include "container/inspect_parts.h"
#include "image/inspect.h"
#include "oci/runtime_spec.h"
#include "store/images.h"
#include "store/usage.h"

#define DRIVER "overlay"

const char *container_status_word(enum container_status status)
{
	static const char *const words[] = {
		[CONTAINER_CREATED] = "created",
		[CONTAINER_RUNNING] = "running",
		[CONTAINER_EXITED] = "exited",
		[CONTAINER_REMOVING] = "removing",
	};

	return words[status];
}

int container_sizes(struct store *s, const struct container_record *r, struct container_sizes *ret,
		    struct err *err)
{
	_cleanup_(store_usage) struct store_usage usage = STORE_USAGE_INIT;
	_cleanup_(store_image) struct store_image img = {.id = {.hex = ""}};
	_cleanup_free_ char *path = xasprintf("containers/%s/upper", r->id);

	if (store_usage_measure(s, 1u << STORE_PART_CONTAINERS, &usage, err) < 0)
		return -1;
	ret->changes = store_usage_of(&usage, path);
	ret->image = 0;
	/* Not by the id: the image may be here twice, its layers stored in another way. */
	if (r->manifest && store_image_find(s, r->manifest, &img, NULL) == 0)
		ret->image = store_image_size(&img.manifest);
	return 0;
}

/* ---- State ---- */

static struct value *state_status(struct arena *a, const void *src)
{
	const struct container_state *st = src;

	return value_string(a, container_status_word(st->status));
}

static struct value *state_running(struct arena *a, const void *src)
{
	const struct container_state *st = src;

	return value_bool(a, st->status == CONTAINER_RUNNING);
}

/* The pid of a container that ended is another's by now. */
static struct value *state_pid(struct arena *a, const void *src)
{
	const struct container_state *st = src;

	return value_int(a, st->status == CONTAINER_RUNNING ? st->pid : 0);
}

static struct value *spec_version(struct arena *a, const void *src)
{
	(void)src;
	return value_string(a, RUNTIME_SPEC_VERSION);
}

#define STATE(kind, name, member) VALUE_ROW(kind, name, struct container_state, member)

static const struct value_row state_rows[] = {
	VALUE_ROW_FN("Status", state_status),
	VALUE_ROW_FN("Running", state_running),
	VALUE_ROW_FIXED(VALUE_ROW_FALSE, "Paused"),
	VALUE_ROW_FIXED(VALUE_ROW_FALSE, "Restarting"),
	STATE(VALUE_ROW_BOOL, "OOMKilled", oom_killed),
	VALUE_ROW_FIXED(VALUE_ROW_FALSE, "Dead"),
	VALUE_ROW_FN("Pid", state_pid),
	STATE(VALUE_ROW_INT32, "ExitCode", exit_code),
	STATE(VALUE_ROW_STRING, "Error", error),
	STATE(VALUE_ROW_TIME, "StartedAt", started_at),
	STATE(VALUE_ROW_TIME, "FinishedAt", finished_at),
	VALUE_ROW_FN("OciVersion", spec_version),
};

/* ---- files ---- */

/* The files below /etc are there while somebody looks after the container. */
static void put_etc_paths(struct store *s, const struct container_record *r, bool there,
			  struct arena *a, struct value *object)
{
	static const struct {
		const char *field, *file;
	} files[] = {{"ResolvConfPath", "resolv.conf"},
		     {"HostnamePath", "hostname"},
		     {"HostsPath", "hosts"}};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		value_put_string(a, object, files[i].field,
				 there ? arena_printf(a, "%s/containers/%s/%s", s->run_path, r->id,
						      files[i].file)
				       : "");
}

static struct value *graph_driver(struct store *s, const struct container_record *r,
				  const struct container_state *st, struct arena *a)
{
	struct value *driver = value_struct(a), *data = value_map(a);
	char *dir = arena_printf(a, "%s/containers/%s", s->data_path, r->id);

	value_put_string(a, data, "LowerDir",
			 image_lower_dirs(s, r->layers_view, r->layers, r->n_layers, a));
	value_put_string(a, data, "UpperDir", arena_printf(a, "%s/upper", dir));
	value_put_string(a, data, "WorkDir", arena_printf(a, "%s/work", dir));
	/* It is mounted in the container's own namespace alone. */
	if (st->status == CONTAINER_RUNNING)
		value_put_string(a, data, "MergedDir", arena_printf(a, "/proc/%d/root", st->pid));
	value_put(a, driver, "Data", data);
	value_put_string(a, driver, "Name", DRIVER);
	return driver;
}

static struct value *mounts(struct arena *a, const struct container_record *r)
{
	struct value *list = value_list(a);

	for (size_t i = 0; i < r->n_mounts; i++) {
		const struct record_mount *m = &r->mounts[i];
		struct value *v = value_struct(a);
		bool volume = str_eq(m->type, "volume");

		value_put_string(a, v, "Type", m->type);
		value_put_string(a, v, "Name", m->name);
		value_put_string(a, v, "Source", m->source);
		value_put_string(a, v, "Destination", m->destination);
		value_put_string(a, v, "Driver", volume ? "local" : "");
		value_put_string(a, v, "Mode", m->mode);
		value_put_bool(a, v, "RW", !m->readonly);
		value_put_string(a, v, "Propagation", str_eq(m->type, "bind") ? "rprivate" : "");
		value_append(a, list, v);
	}
	return list;
}

/* ---- the whole ---- */

static struct value *path_of(struct arena *a, const void *src)
{
	const struct container_record *r = src;

	return value_string(a, r->n_args ? r->args[0] : "");
}

static struct value *args_of(struct arena *a, const void *src)
{
	const struct container_record *r = src;
	struct value *list = value_list(a);

	for (size_t i = 1; i < r->n_args; i++)
		value_append(a, list, value_string(a, r->args[i]));
	return list;
}

static struct value *full_image_name(struct arena *a, const void *src)
{
	const struct container_record *r = src;
	char text[REFERENCE_STR_MAX];
	struct reference ref;

	if (!r->image || reference_parse(r->image, &ref, NULL) < 0)
		return value_string(a, r->image);
	return value_string(a, reference_str(&ref, text));
}

static struct value *slash_name(struct arena *a, const void *src)
{
	const struct container_record *r = src;

	return value_string(a, arena_printf(a, "/%s", r->name ? r->name : ""));
}

static struct value *driver_name(struct arena *a, const void *src)
{
	(void)src;
	return value_string(a, DRIVER);
}

static struct value *platform_os(struct arena *a, const void *src)
{
	(void)src;
	return value_string(a, "linux");
}

#define RECORD(kind, name, member) VALUE_ROW(kind, name, struct container_record, member)

static const struct value_row head_rows[] = {
	RECORD(VALUE_ROW_STRING, "Id", id),
	RECORD(VALUE_ROW_TIME, "Created", created),
	VALUE_ROW_FN("Path", path_of),
	VALUE_ROW_FN("Args", args_of),
};
static const struct value_row image_rows[] = {
	RECORD(VALUE_ROW_STRING, "Image", image_id),
	RECORD(VALUE_ROW_STRING, "ImageDigest", manifest),
	VALUE_ROW_FN("ImageName", full_image_name),
};
static const struct value_row body_rows[] = {
	VALUE_ROW_FIXED(VALUE_ROW_EMPTY, "LogPath"),
	VALUE_ROW_FN("Name", slash_name),
	VALUE_ROW_FIXED(VALUE_ROW_ZERO, "RestartCount"),
	VALUE_ROW_FN("Driver", driver_name),
	VALUE_ROW_FN("Platform", platform_os),
	VALUE_ROW_FIXED(VALUE_ROW_EMPTY, "MountLabel"),
	VALUE_ROW_FIXED(VALUE_ROW_EMPTY, "ProcessLabel"),
	VALUE_ROW_FIXED(VALUE_ROW_EMPTY, "AppArmorProfile"),
	VALUE_ROW_FIXED(VALUE_ROW_NO_LIST, "ExecIDs"),
};

struct value *container_inspect(struct store *s, const struct container_record *r,
				const struct container_state *st,
				const struct container_sizes *sizes, struct arena *a)
{
	struct value *v = value_struct(a), *state = value_struct(a);

	value_put_rows(a, state, state_rows, ARRAY_SIZE(state_rows), st);
	value_put_rows(a, v, head_rows, ARRAY_SIZE(head_rows), r);
	value_put(a, v, "State", state);
	value_put_rows(a, v, image_rows, ARRAY_SIZE(image_rows), r);
	put_etc_paths(s, r, st->status == CONTAINER_RUNNING, a, v);
	value_put_rows(a, v, body_rows, ARRAY_SIZE(body_rows), r);
	value_put(a, v, "HostConfig", inspect_host_config(a, r));
	value_put(a, v, "GraphDriver", graph_driver(s, r, st, a));
	if (sizes) {
		value_put_int(a, v, "SizeRw", (int64_t)sizes->changes);
		value_put_int(a, v, "SizeRootFs", (int64_t)(sizes->changes + sizes->image));
	}
	value_put(a, v, "Mounts", mounts(a, r));
	value_put(a, v, "Config", inspect_config(a, r));
	value_put(a, v, "NetworkSettings", inspect_network(a, r));
	return v;
}
