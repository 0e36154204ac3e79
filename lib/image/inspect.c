/* SPDX-License-Identifier: Apache-2.0 */
#include "image/inspect.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/path.h"
#include "base/strv.h"
#include "cli/value_table.h"
#include "image/image.h"
#include "store/layers.h"

#define DRIVER "overlay"

/* ---- layers ---- */

static void add_path(int fd, struct buf *out)
{
	char link[sizeof("/proc/self/fd/") + 12], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path));
	if (n <= 0 || (size_t)n >= sizeof(path))
		return;
	if (out->len)
		buf_addc(out, ':');
	buf_add(out, path, (size_t)n);
}

/* The chain ids of a stack: a tree may belong to one stack only. Returns how many could be made. */
static size_t make_chains(char *const *diff_ids, size_t n, struct digest *ids,
			  struct digest *chains)
{
	for (size_t i = 0; i < n; i++)
		if (digest_parse(diff_ids[i], &ids[i], NULL) < 0 ||
		    digest_chain(i ? &chains[i - 1] : NULL, &ids[i], &chains[i], NULL) < 0)
			return i;
	return n;
}

const char *image_lower_dirs(struct store *s, const char *view, char *const *diff_ids, size_t n,
			     struct arena *a)
{
	_cleanup_free_ struct digest *ids = xcalloc(n, sizeof(*ids));
	_cleanup_free_ struct digest *chains = xcalloc(n, sizeof(*chains));
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_free_ char *tree = xasprintf("layers/%s", view ? view : "");
	struct store seen = *s;
	_cleanup_fd_ int layers = -1;

	if (view) {
		layers = openat(s->data_fd, tree, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (layers < 0)
			return "";
		seen.layers_fd = layers;
	}
	for (size_t i = make_chains(diff_ids, n, ids, chains); i-- > 0;) {
		_cleanup_fd_ int fd = -1;

		if (store_layer_open(&seen, &ids[i], &chains[i], &fd, NULL) == 0)
			add_path(fd, &out);
	}
	/* What was opened for us alone is closed by us; the store's own stays the store's. */
	if (!view)
		s->layers_fd = seen.layers_fd;
	return arena_strdup(a, buf_str(&out));
}

/* ---- names ---- */

char **image_names(const struct image_index *index, const struct store_image *img, struct arena *a,
		   size_t *ret_n)
{
	char **names = NULL, text[DIGEST_STR_MAX], full[REFERENCE_STR_MAX];

	*ret_n = 0;
	digest_str(&img->id, text);
	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct descriptor *d = &index->manifests[i];
		const char *name = descriptor_annotation(d, ANNOTATION_REF_NAME);
		struct reference ref;

		if (!name || reference_parse(name, &ref, NULL) < 0 ||
		    (!digest_eq(&d->digest, &img->descriptor.digest) &&
		     !str_eq(descriptor_annotation(d, ANNOTATION_IMAGE_ID), text)))
			continue;
		arena_strv_add(a, &names, ret_n, arena_strdup(a, name));
		*ref.tag = '\0';
		store_entry_repo_digest(d, &ref.digest);
		arena_strv_add(a, &names, ret_n, arena_strdup(a, reference_str(&ref, full)));
	}
	return names;
}

int image_check_platform(const struct store_image *img, const char *name, const char *platform,
			 struct err *err)
{
	struct platform want, have;
	char a[PLATFORM_STR_MAX], b[PLATFORM_STR_MAX];

	if (platform_parse(platform, &want, err) < 0)
		return err_ctx(err, "--platform");
	image_config_platform(&img->config, &have);
	if (platform_match(&want, &have))
		return 0;
	return err_set(err, ERR_NOT_FOUND, "image '%s' is for %s, not for %s", name,
		       platform_str(&have, a), platform_str(&want, b));
}

/* ---- image_inspect() ---- */

static struct value *set_of(struct arena *a, char *const *keys, size_t n)
{
	struct value *set;

	if (!n)
		return value_nil_of(a, VALUE_MAP);
	set = value_map(a);
	for (size_t i = 0; i < n; i++)
		value_put(a, set, keys[i], value_struct(a));
	return set;
}

static struct value *pairs_of(struct arena *a, const struct json_pair *pairs, size_t n)
{
	struct value *map;

	if (!n)
		return value_nil_of(a, VALUE_MAP);
	map = value_map(a);
	for (size_t i = 0; i < n; i++)
		value_put_string(a, map, pairs[i].key, pairs[i].value);
	return map;
}

static struct value *ports(struct arena *a, const void *src)
{
	const struct image_container_config *c = src;

	return set_of(a, c->exposed_ports, c->n_exposed_ports);
}

static struct value *volumes(struct arena *a, const void *src)
{
	const struct image_container_config *c = src;

	return set_of(a, c->volumes, c->n_volumes);
}

static struct value *labels(struct arena *a, const void *src)
{
	const struct image_container_config *c = src;

	return pairs_of(a, c->labels, c->n_labels);
}

static struct value *healthcheck(struct arena *a, const void *src)
{
	const struct image_healthcheck *h =
		((const struct image_container_config *)src)->healthcheck;
	struct value *v;

	if (!h)
		return value_nil_of(a, VALUE_STRUCT);
	v = value_struct(a);
	value_put_strings(a, v, "Test", h->test, h->n_test);
	value_put(a, v, "Interval", value_duration(a, h->interval));
	value_put(a, v, "Timeout", value_duration(a, h->timeout));
	value_put(a, v, "StartPeriod", value_duration(a, h->start_period));
	value_put(a, v, "StartInterval", value_duration(a, h->start_interval));
	value_put_int(a, v, "Retries", h->retries);
	return v;
}

#define C(kind, name, member) VALUE_ROW(kind, name, struct image_container_config, member)
#define CN(name, member)      VALUE_ROW_N(name, struct image_container_config, member)

static const struct value_row config_rows[] = {
	C(VALUE_ROW_STRING, "User", user),
	VALUE_ROW_FN("ExposedPorts", ports),
	CN("Env", env),
	CN("Cmd", cmd),
	VALUE_ROW_FN("Healthcheck", healthcheck),
	C(VALUE_ROW_BOOL, "ArgsEscaped", args_escaped),
	VALUE_ROW_FN("Volumes", volumes),
	C(VALUE_ROW_STRING, "WorkingDir", working_dir),
	CN("Entrypoint", entrypoint),
	CN("OnBuild", on_build),
	VALUE_ROW_FN("Labels", labels),
	C(VALUE_ROW_STRING, "StopSignal", stop_signal),
	CN("Shell", shell),
};

static char **diff_ids(const struct image_config *c, struct arena *a)
{
	char **ids = arena_calloc(a, c->n_diff_ids + 1, sizeof(*ids));
	char text[DIGEST_STR_MAX];

	for (size_t i = 0; i < c->n_diff_ids; i++)
		ids[i] = arena_strdup(a, digest_str(&c->diff_ids[i], text));
	return ids;
}

static struct value *graph_driver(struct store *s, const struct image_config *c, struct arena *a)
{
	struct value *v = value_struct(a), *data = value_map(a);

	value_put_string(a, data, "LowerDir",
			 image_lower_dirs(s, NULL, diff_ids(c, a), c->n_diff_ids, a));
	value_put(a, v, "Data", data);
	value_put_string(a, v, "Name", DRIVER);
	return v;
}

static struct value *rootfs(const struct image_config *c, struct arena *a)
{
	struct value *v = value_struct(a);

	value_put_string(a, v, "Type", "layers");
	value_put_strings(a, v, "Layers", diff_ids(c, a), c->n_diff_ids);
	return v;
}

/* When a name was last given: its reflog was written then. */
static struct value *metadata(struct store *s, char *const *names, size_t n, struct arena *a)
{
	struct value *v = value_struct(a);
	struct timespec last = {.tv_sec = 0};
	char text[FORMAT_MAX];

	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *path = path_join("images/reflog", names[i]);
		struct stat st;

		if (!path_has_dotdot(names[i]) && !fstatat(s->data_fd, path, &st, 0) &&
		    compare_times(st.st_mtim, last) > 0)
			last = st.st_mtim;
	}
	value_put(a, v, "LastTagTime", value_time(a, last.tv_sec ? format_time(last, text) : ""));
	return v;
}

static bool has_text(const struct value *list, const char *text)
{
	for (size_t i = 0; i < list->list.n; i++)
		if (strcmp(list->list.items[i]->string.text, text) == 0)
			return true;
	return false;
}

/* Append a reference as docker shows it, without docker.io/library/, once. */
static void add_familiar(struct value *list, const struct reference *ref, struct arena *a)
{
	char text[REFERENCE_STR_MAX];

	if (!has_text(list, reference_familiar(ref, true, text)))
		value_append(a, list, value_string(a, text));
}

/* Names are tags, and "repository@digest" as far as it is known; else the manifest's digest. */
static void put_names(struct value *v, const struct store_image *img, char *const *names, size_t n,
		      struct arena *a)
{
	struct value *tags = value_list(a), *digests = value_list(a), *full = value_list(a);
	bool known = false;

	for (size_t i = 0; i < n; i++)
		known |= strchr(names[i], '@') != NULL;
	for (size_t i = 0; i < n; i++) {
		struct reference ref;

		if (reference_parse(names[i], &ref, NULL) < 0)
			continue;
		if (!digest_is_set(&ref.digest)) {
			value_append(a, full, value_string(a, names[i]));
			add_familiar(tags, &ref, a);
			if (known)
				continue;
			ref.digest = img->descriptor.digest;
		}
		*ref.tag = '\0';
		add_familiar(digests, &ref, a);
	}
	value_put(a, v, "RepoTags", tags);
	value_put(a, v, "RepoDigests", digests);
	value_put(a, v, "NamesHistory", full);
}

static const struct value *last_comment(const struct image_config *c, struct arena *a)
{
	return value_string(a, c->n_history ? c->history[c->n_history - 1].comment : "");
}

static struct value *history_documents(const struct image_config *c, struct arena *a)
{
	struct value *list = value_list(a);

	for (size_t i = 0; i < c->n_history; i++) {
		const struct image_history *h = &c->history[i];
		struct value *v = value_struct(a);

		value_put(a, v, "created", value_time(a, h->created));
		value_put_string(a, v, "created_by", h->created_by);
		value_put_string(a, v, "author", h->author);
		value_put_string(a, v, "comment", h->comment);
		value_put_bool(a, v, "empty_layer", h->empty_layer);
		value_append(a, list, v);
	}
	return list;
}

/* What podman tells beyond docker. */
static void put_podman(struct value *v, const struct store_image *img, struct arena *a)
{
	const struct image_container_config *c = &img->config.config;
	const char *type = img->descriptor.media_type;
	char text[DIGEST_STR_MAX];

	value_put_string(a, v, "Digest", digest_str(&img->descriptor.digest, text));
	value_put(a, v, "Labels", pairs_of(a, c->labels, c->n_labels));
	value_put(a, v, "Annotations",
		  img->manifest.n_annotations
			  ? pairs_of(a, img->manifest.annotations, img->manifest.n_annotations)
			  : value_map(a));
	value_put_string(a, v, "ManifestType", type ? type : img->manifest.media_type);
	value_put_string(a, v, "User", c->user);
	value_put(a, v, "History", history_documents(&img->config, a));
}

struct value *image_inspect(struct store *s, const struct store_image *img, char *const *names,
			    size_t n_names, struct arena *a)
{
	const struct image_config *c = &img->config;
	struct value *v = value_struct(a), *config = value_struct(a);
	char text[DIGEST_STR_MAX];

	value_put_string(a, v, "Id", digest_str(&img->id, text));
	put_names(v, img, names, n_names, a);
	value_put_string(a, v, "Parent", "");
	value_put(a, v, "Comment", last_comment(c, a));
	value_put(a, v, "Created", value_time_text(a, c->created));
	value_put_string(a, v, "DockerVersion", "");
	value_put_string(a, v, "Author", c->author);
	value_put_rows(a, config, config_rows, ARRAY_SIZE(config_rows), &c->config);
	value_put(a, v, "Config", config);
	value_put_string(a, v, "Architecture", c->architecture);
	value_put_string(a, v, "Variant", c->variant);
	value_put_string(a, v, "Os", c->os);
	value_put_string(a, v, "OsVersion", c->os_version);
	value_put_int(a, v, "Size", (int64_t)store_image_size(&img->manifest));
	value_put_int(a, v, "VirtualSize", (int64_t)store_image_size(&img->manifest));
	value_put(a, v, "GraphDriver", graph_driver(s, c, a));
	value_put(a, v, "RootFS", rootfs(c, a));
	value_put(a, v, "Metadata", metadata(s, names, n_names, a));
	put_podman(v, img, a);
	return v;
}

/* ---- image_history() ---- */

static struct value *history_entry(const struct image_history *h, uint64_t size, struct arena *a)
{
	struct value *v = value_struct(a);

	value_put_string(a, v, "Id", "<missing>");
	value_put(a, v, "Created", value_time(a, h ? h->created : NULL));
	value_put_string(a, v, "CreatedBy", h ? h->created_by : "");
	value_put(a, v, "Tags", value_nil_of(a, VALUE_LIST));
	value_put_int(a, v, "Size", (int64_t)size);
	value_put_string(a, v, "Comment", h ? h->comment : "");
	return v;
}

struct value *image_history(struct store *s, const struct store_image *img, struct arena *a)
{
	const struct image_config *c = &img->config;
	const struct manifest *m = &img->manifest;
	struct value *list = value_list(a), **entries;
	size_t n = 0, layer = 0;
	char text[REFERENCE_STR_MAX];

	(void)s;
	entries = arena_calloc(a, c->n_history + m->n_layers + 1, sizeof(*entries));
	for (size_t i = 0; i < c->n_history; i++) {
		bool has = !c->history[i].empty_layer && layer < m->n_layers;

		entries[n++] = history_entry(&c->history[i], has ? m->layers[layer].size : 0, a);
		layer += has;
	}
	/* Layers that the history doesn't tell of. */
	for (; layer < m->n_layers; layer++)
		entries[n++] = history_entry(NULL, m->layers[layer].size, a);
	if (n) {
		struct value *top = value_struct(a);

		/* Only the image itself has an id. */
		value_put_string(a, top, "Id", digest_str(&img->id, text));
		for (size_t i = 1; i < entries[n - 1]->members.n; i++)
			value_put(a, top, entries[n - 1]->members.members[i].name,
				  entries[n - 1]->members.members[i].value);
		entries[n - 1] = top;
	}
	while (n > 0)
		value_append(a, list, entries[--n]);
	return list;
}
