/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the spec's resources to files of cgroup v1 or v2. Values that mean "unlimited" are left out:
 * a new group is unlimited. Order matters where the kernel compares: memory before memory and swap,
 * a period before its quota.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/strv.h"
#include "sandbox/cgroup.h"

/* The spec's ranges (v1) and the kernel's (v2). */
#define SHARES_MIN    2
#define SHARES_MAX    262144
#define WEIGHT_MIN    1
#define WEIGHT_MAX    10000
#define IO_WEIGHT_MIN 10
#define IO_WEIGHT_MAX 1000

#define REQUIRED false
#define OPTIONAL true

static void __attribute__((format(printf, 5, 6)))
set(struct cgroup_plan *p, const char *controller, const char *file, bool optional, const char *fmt,
    ...)
{
	struct cgroup_setting *s = arena_push(&p->arena, p->settings, p->n_settings);
	char value[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	s->controller = arena_strdup(&p->arena, controller);
	s->file = arena_strdup(&p->arena, file);
	s->value = arena_strdup(&p->arena, value);
	s->optional = optional;
	p->wants_limits = true;
}

static int no_v2(const char *what, const char *value_words, struct err *err)
{
	err_set(err, ERR_UNSUPPORTED, "%s %s: cgroup v2 has no such setting", what, value_words);
	return err_hint(err, "leave it out; it exists on machines with cgroup v1 only");
}

static bool positive(const int64_t *v)
{
	return v && *v > 0;
}

static int check_swap(const struct spec_memory *m, struct err *err)
{
	if (!positive(m->swap))
		return 0;
	if (!positive(m->limit))
		return err_set(err, ERR_INVALID,
			       "memory-swap limit %" PRId64 ": needs a memory limit too, since it "
			       "counts both",
			       *m->swap);
	if (*m->swap < *m->limit)
		return err_set(err, ERR_INVALID,
			       "memory-swap limit %" PRId64 " is below the memory limit %" PRId64
			       ", which it includes",
			       *m->swap, *m->limit);
	return 0;
}

static int plan_memory_v1(const struct spec_memory *m, struct cgroup_plan *p)
{
	if (m->use_hierarchy && *m->use_hierarchy)
		set(p, "memory", "memory.use_hierarchy", OPTIONAL, "1");
	if (positive(m->limit))
		set(p, "memory", "memory.limit_in_bytes", REQUIRED, "%" PRId64, *m->limit);
	if (positive(m->swap))
		set(p, "memory", "memory.memsw.limit_in_bytes", OPTIONAL, "%" PRId64, *m->swap);
	if (positive(m->reservation))
		set(p, "memory", "memory.soft_limit_in_bytes", REQUIRED, "%" PRId64,
		    *m->reservation);
	if (positive(m->kernel))
		set(p, "memory", "memory.kmem.limit_in_bytes", REQUIRED, "%" PRId64, *m->kernel);
	if (positive(m->kernel_tcp))
		set(p, "memory", "memory.kmem.tcp.limit_in_bytes", REQUIRED, "%" PRId64,
		    *m->kernel_tcp);
	if (m->swappiness)
		set(p, "memory", "memory.swappiness", REQUIRED, "%" PRIu64, *m->swappiness);
	if (m->disable_oom_killer && *m->disable_oom_killer)
		set(p, "memory", "memory.oom_control", REQUIRED, "1");
	return 0;
}

static int plan_memory_v2(const struct spec_memory *m, struct cgroup_plan *p, struct err *err)
{
	char n[32];

	if (m->swappiness) {
		snprintf(n, sizeof(n), "%" PRIu64, *m->swappiness);
		return no_v2("memory swappiness", n, err);
	}
	if (m->disable_oom_killer && *m->disable_oom_killer)
		return no_v2("disabling", "the OOM killer", err);
	if (positive(m->kernel) || positive(m->kernel_tcp)) {
		snprintf(n, sizeof(n), "%" PRId64,
			 positive(m->kernel) ? *m->kernel : *m->kernel_tcp);
		return no_v2("kernel memory limit", n, err);
	}
	if (positive(m->limit))
		set(p, "memory", "memory.max", REQUIRED, "%" PRId64, *m->limit);
	if (positive(m->swap)) /* v2 counts swap alone */
		set(p, "memory", "memory.swap.max", OPTIONAL, "%" PRId64, *m->swap - *m->limit);
	if (positive(m->reservation))
		set(p, "memory", "memory.low", REQUIRED, "%" PRId64, *m->reservation);
	return 0;
}

static int plan_memory(const struct spec_memory *m, bool v2, struct cgroup_plan *p, struct err *err)
{
	if (check_swap(m, err) < 0)
		return -1;
	return v2 ? plan_memory_v2(m, p, err) : plan_memory_v1(m, p);
}

/* [2, 262144] to [1, 10000], as every runtime does. */
static uint64_t shares_to_weight(uint64_t shares)
{
	if (shares < SHARES_MIN)
		shares = SHARES_MIN;
	if (shares > SHARES_MAX)
		shares = SHARES_MAX;
	return WEIGHT_MIN +
	       (shares - SHARES_MIN) * (WEIGHT_MAX - WEIGHT_MIN) / (SHARES_MAX - SHARES_MIN);
}

static void plan_cpuset(const struct spec_cpu *c, struct cgroup_plan *p)
{
	if (!str_empty(c->cpus))
		set(p, "cpuset", "cpuset.cpus", REQUIRED, "%s", c->cpus);
	if (!str_empty(c->mems))
		set(p, "cpuset", "cpuset.mems", REQUIRED, "%s", c->mems);
}

static int plan_cpu_v1(const struct spec_cpu *c, struct cgroup_plan *p)
{
	if (c->shares && *c->shares)
		set(p, "cpu", "cpu.shares", REQUIRED, "%" PRIu64, *c->shares);
	if (c->period && *c->period)
		set(p, "cpu", "cpu.cfs_period_us", REQUIRED, "%" PRIu64, *c->period);
	if (positive(c->quota))
		set(p, "cpu", "cpu.cfs_quota_us", REQUIRED, "%" PRId64, *c->quota);
	if (c->burst && *c->burst)
		set(p, "cpu", "cpu.cfs_burst_us", REQUIRED, "%" PRIu64, *c->burst);
	if (c->realtime_period && *c->realtime_period)
		set(p, "cpu", "cpu.rt_period_us", REQUIRED, "%" PRIu64, *c->realtime_period);
	if (c->realtime_runtime && *c->realtime_runtime)
		set(p, "cpu", "cpu.rt_runtime_us", REQUIRED, "%" PRId64, *c->realtime_runtime);
	if (c->idle && *c->idle)
		set(p, "cpu", "cpu.idle", REQUIRED, "%" PRId64, *c->idle);
	plan_cpuset(c, p);
	return 0;
}

static void plan_cpu_max(const struct spec_cpu *c, struct cgroup_plan *p)
{
	bool quota = positive(c->quota), period = c->period && *c->period;

	if (quota && period)
		set(p, "cpu", "cpu.max", REQUIRED, "%" PRId64 " %" PRIu64, *c->quota, *c->period);
	else if (quota)
		set(p, "cpu", "cpu.max", REQUIRED, "%" PRId64, *c->quota);
	else if (period)
		set(p, "cpu", "cpu.max", REQUIRED, "max %" PRIu64, *c->period);
}

static int plan_cpu_v2(const struct spec_cpu *c, struct cgroup_plan *p, struct err *err)
{
	if ((c->realtime_runtime && *c->realtime_runtime) ||
	    (c->realtime_period && *c->realtime_period))
		return no_v2("CPU", "real-time limit", err);
	if (c->shares && *c->shares)
		set(p, "cpu", "cpu.weight", REQUIRED, "%" PRIu64, shares_to_weight(*c->shares));
	plan_cpu_max(c, p);
	if (c->burst && *c->burst)
		set(p, "cpu", "cpu.max.burst", REQUIRED, "%" PRIu64, *c->burst);
	if (c->idle && *c->idle)
		set(p, "cpu", "cpu.idle", REQUIRED, "%" PRId64, *c->idle);
	plan_cpuset(c, p);
	return 0;
}

static uint32_t io_weight(uint32_t w)
{
	if (w < IO_WEIGHT_MIN)
		w = IO_WEIGHT_MIN;
	if (w > IO_WEIGHT_MAX)
		w = IO_WEIGHT_MAX;
	return WEIGHT_MIN +
	       (w - IO_WEIGHT_MIN) * (WEIGHT_MAX - WEIGHT_MIN) / (IO_WEIGHT_MAX - IO_WEIGHT_MIN);
}

static void plan_throttle(struct cgroup_plan *p, bool v2, const char *v1_file, const char *v2_key,
			  const struct spec_throttle_device *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v2)
			set(p, "io", "io.max", REQUIRED, "%" PRId64 ":%" PRId64 " %s=%" PRIu64,
			    d[i].major, d[i].minor, v2_key, d[i].rate);
		else
			set(p, "blkio", v1_file, REQUIRED, "%" PRId64 ":%" PRId64 " %" PRIu64,
			    d[i].major, d[i].minor, d[i].rate);
	}
}

/*
 * BFQ's weight has the spec's range and exists where that scheduler is built; io.weight is the cost
 * model's. Of v1 only BFQ's is left.
 */
static int plan_io_weights(const struct spec_block_io *b, bool v2, struct cgroup_plan *p,
			   struct err *err)
{
	if (b->weight && *b->weight) {
		if (v2) {
			set(p, "io", "io.bfq.weight", OPTIONAL, "%u", *b->weight);
			set(p, "io", "io.weight", REQUIRED, "%u", io_weight(*b->weight));
		} else {
			set(p, "blkio", "blkio.bfq.weight", REQUIRED, "%u", *b->weight);
		}
	}
	if (b->leaf_weight && *b->leaf_weight) {
		err_set(err, ERR_UNSUPPORTED,
			"blkio leafWeight %u: the scheduler that knew it left Linux with 5.0",
			*b->leaf_weight);
		return err_hint(err, "use blkio weight");
	}
	for (size_t i = 0; i < b->n_weight_device; i++) {
		const struct spec_weight_device *d = &b->weight_device[i];

		if (!d->weight)
			continue;
		if (v2)
			set(p, "io", "io.weight", REQUIRED, "%" PRId64 ":%" PRId64 " %u", d->major,
			    d->minor, io_weight(*d->weight));
		else
			set(p, "blkio", "blkio.bfq.weight_device", REQUIRED,
			    "%" PRId64 ":%" PRId64 " %u", d->major, d->minor, *d->weight);
	}
	return 0;
}

static int plan_io(const struct spec_block_io *b, bool v2, struct cgroup_plan *p, struct err *err)
{
	if (plan_io_weights(b, v2, p, err) < 0)
		return -1;
	plan_throttle(p, v2, "blkio.throttle.read_bps_device", "rbps", b->read_bps, b->n_read_bps);
	plan_throttle(p, v2, "blkio.throttle.write_bps_device", "wbps", b->write_bps,
		      b->n_write_bps);
	plan_throttle(p, v2, "blkio.throttle.read_iops_device", "riops", b->read_iops,
		      b->n_read_iops);
	plan_throttle(p, v2, "blkio.throttle.write_iops_device", "wiops", b->write_iops,
		      b->n_write_iops);
	return 0;
}

static int plan_hugepages(const struct spec_resources *r, bool v2, struct cgroup_plan *p,
			  struct err *err)
{
	const char *suffix = v2 ? "max" : "limit_in_bytes";

	for (size_t i = 0; i < r->n_hugepage_limits; i++) {
		const struct spec_hugepage_limit *h = &r->hugepage_limits[i];
		char file[64];

		if (!h->page_size ||
		    strspn(h->page_size, "0123456789KMGB") != strlen(h->page_size) ||
		    strlen(h->page_size) > 16)
			return err_set(err, ERR_INVALID,
				       "hugepageLimits: page size '%s'; expected one such as 2MB",
				       h->page_size ? h->page_size : "");
		snprintf(file, sizeof(file), "hugetlb.%s.%s", h->page_size, suffix);
		set(p, "hugetlb", file, REQUIRED, "%" PRIu64, h->limit);
		snprintf(file, sizeof(file), "hugetlb.%s.rsvd.%s", h->page_size, suffix);
		set(p, "hugetlb", file, OPTIONAL, "%" PRIu64, h->limit);
	}
	return 0;
}

static int plan_network(const struct spec_network *n, bool v2, struct cgroup_plan *p,
			struct err *err)
{
	char id[16];

	if (n->class_id && *n->class_id) {
		snprintf(id, sizeof(id), "%u", *n->class_id);
		if (v2)
			return no_v2("network classID", id, err);
		set(p, "net_cls", "net_cls.classid", REQUIRED, "%s", id);
	}
	for (size_t i = 0; i < n->n_priorities; i++) {
		if (v2)
			return no_v2("network priority of", n->priorities[i].name, err);
		set(p, "net_prio", "net_prio.ifpriomap", REQUIRED, "%s %u", n->priorities[i].name,
		    n->priorities[i].priority);
	}
	return 0;
}

static void plan_rdma(const struct spec_resources *r, struct cgroup_plan *p)
{
	for (size_t i = 0; i < r->n_rdma; i++) {
		const struct spec_rdma *d = &r->rdma[i];

		if (d->hca_handles)
			set(p, "rdma", "rdma.max", REQUIRED, "%s hca_handle=%u", d->device,
			    *d->hca_handles);
		if (d->hca_objects)
			set(p, "rdma", "rdma.max", REQUIRED, "%s hca_object=%u", d->device,
			    *d->hca_objects);
	}
}

/* The spec's escape hatch: files of v2 by name (config-linux.md, "Unified"). */
static int plan_unified(const struct spec_resources *r, bool v2, struct cgroup_plan *p,
			struct err *err)
{
	for (size_t i = 0; i < r->n_unified; i++) {
		const char *file = r->unified[i].key;
		const char *dot = strchr(file, '.');
		char controller[32];

		if (!v2) {
			err_set(err, ERR_UNSUPPORTED,
				"unified resource '%s': this machine has cgroup v1", file);
			return err_hint(err, "boot with systemd.unified_cgroup_hierarchy=1");
		}
		if (!dot || dot == file || !path_is_name(file) ||
		    (size_t)(dot - file) >= sizeof(controller))
			return err_set(err, ERR_INVALID,
				       "unified resource '%s'; expected a file such as memory.high",
				       file);
		memcpy(controller, file, (size_t)(dot - file));
		controller[dot - file] = 0;
		set(p, controller, file, REQUIRED, "%s", r->unified[i].value);
	}
	return 0;
}

int cgroup_plan_new(const struct spec_resources *r, bool v2, struct cgroup_plan *ret,
		    struct err *err)
{
	_cleanup_(cgroup_plan) struct cgroup_plan p = {.settings = NULL};

	if (r) {
		if (r->memory && plan_memory(r->memory, v2, &p, err) < 0)
			return -1;
		if (r->cpu && (v2 ? plan_cpu_v2(r->cpu, &p, err) : plan_cpu_v1(r->cpu, &p)) < 0)
			return -1;
		if (r->pids && r->pids->limit > 0)
			set(&p, "pids", "pids.max", REQUIRED, "%" PRId64, r->pids->limit);
		if (r->block_io && plan_io(r->block_io, v2, &p, err) < 0)
			return -1;
		if (r->network && plan_network(r->network, v2, &p, err) < 0)
			return -1;
		plan_rdma(r, &p);
		if (plan_hugepages(r, v2, &p, err) < 0 || plan_unified(r, v2, &p, err) < 0)
			return -1;
	}
	*ret = p;
	p = (struct cgroup_plan){.settings = NULL};
	return 0;
}

void cgroup_plan_done(struct cgroup_plan *p)
{
	if (!p)
		return;
	arena_done(&p->arena);
	*p = (struct cgroup_plan){.settings = NULL};
}

void cgroup_plan_print(const struct cgroup_plan *p, struct buf *out)
{
	for (size_t i = 0; i < p->n_settings; i++)
		buf_addf(out, "cgroup %s %s = %s%s\n", p->settings[i].controller,
			 p->settings[i].file, p->settings[i].value,
			 p->settings[i].optional ? " (if present)" : "");
}
