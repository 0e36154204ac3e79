/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes and links in /dev (config-linux.md "Devices", "Default Devices"). */
#include "sandbox/plan.h"

#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/strv.h"

static const struct {
	const char *path;
	uint32_t major, minor;
} default_devices[] = {
	{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
	{"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

static const struct {
	const char *path, *target;
} default_links[] = {
	{"/dev/fd", "/proc/self/fd"},	    {"/dev/stdin", "/proc/self/fd/0"},
	{"/dev/stdout", "/proc/self/fd/1"}, {"/dev/stderr", "/proc/self/fd/2"},
	{"/dev/core", "/proc/kcore"},	    {"/dev/ptmx", "pts/ptmx"},
};

/* Is /dev (or a part that covers the path) the host's, bound? Then nothing is made in it. */
static bool is_bound(const struct sandbox_plan *p, const char *path)
{
	bool bound = false;

	for (size_t i = 0; i < p->n_ops; i++) {
		const struct op *op = &p->ops[i];

		if ((op->kind == OP_BIND || op->kind == OP_MOUNT) && path_below(path, op->path))
			bound = op->kind == OP_BIND;
	}
	return bound;
}

static bool has_mount(const struct sandbox_plan *p, const char *path)
{
	for (size_t i = 0; i < p->n_ops; i++)
		if ((p->ops[i].kind == OP_BIND || p->ops[i].kind == OP_MOUNT) &&
		    strcmp(p->ops[i].path, path) == 0)
			return true;
	return false;
}

static struct op *plan_device(struct sandbox_plan *p, const char *path, uint32_t mode)
{
	bool node = !p->in_userns;
	struct op *op = plan_add(p, node ? OP_DEVICE : OP_DEVICE_BIND, path);

	op->device.host = path;
	op->device.mode = mode;
	return op;
}

static int device_mode(const struct spec_device *d, size_t i, uint32_t *ret, struct err *err)
{
	uint32_t mode = d->file_mode ? *d->file_mode & 07777 : 0666;

	if (str_eq(d->type, "c") || str_eq(d->type, "u"))
		mode |= S_IFCHR;
	else if (str_eq(d->type, "b"))
		mode |= S_IFBLK;
	else if (str_eq(d->type, "p"))
		mode |= S_IFIFO;
	else
		return err_set(err, ERR_INVALID,
			       "linux.devices[%zu].type '%s' is not one of c, b, u, p", i,
			       d->type ? d->type : "");
	*ret = mode;
	return 0;
}

static int plan_spec_devices(struct sandbox_plan *p, struct err *err)
{
	const struct spec_linux *l = &p->spec->linux_;

	if (l->n_devices > PLAN_MAX_MOUNTS)
		return err_set(err, ERR_LIMIT,
			       "linux.devices has %zu entries, at most %d are taken", l->n_devices,
			       PLAN_MAX_MOUNTS);
	for (size_t i = 0; i < l->n_devices; i++) {
		const struct spec_device *d = &l->devices[i];
		struct op *op;
		uint32_t mode = 0;

		if (!d->path || !path_is_abs(d->path) || path_has_dotdot(d->path))
			return err_set(err, ERR_INVALID,
				       "linux.devices[%zu].path '%s' is not absolute", i,
				       d->path ? d->path : "");
		if (device_mode(d, i, &mode, err) < 0)
			return -1;
		if (has_mount(p, d->path) || is_bound(p, d->path))
			continue;
		op = plan_device(p, d->path, mode);
		if ((mode & S_IFMT) == S_IFIFO)
			op->kind = OP_DEVICE;
		op->device.major = (uint32_t)d->major;
		op->device.minor = (uint32_t)d->minor;
		op->device.uid = d->uid ? *d->uid : 0;
		op->device.gid = d->gid ? *d->gid : 0;
	}
	return 0;
}

static bool spec_has_device(const struct sandbox_plan *p, const char *path)
{
	const struct spec_linux *l = &p->spec->linux_;

	for (size_t i = 0; i < l->n_devices; i++)
		if (str_eq(l->devices[i].path, path))
			return true;
	return false;
}

int plan_devices(struct sandbox_plan *p, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(default_devices); i++) {
		const char *path = default_devices[i].path;
		struct op *op;

		if (has_mount(p, path) || is_bound(p, path) || spec_has_device(p, path))
			continue;
		op = plan_device(p, path, S_IFCHR | 0666);
		op->device.major = default_devices[i].major;
		op->device.minor = default_devices[i].minor;
	}
	if (plan_spec_devices(p, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(default_links); i++) {
		if (has_mount(p, default_links[i].path) || is_bound(p, default_links[i].path))
			continue;
		plan_add(p, OP_LINK, default_links[i].path)->text = default_links[i].target;
	}
	return 0;
}
