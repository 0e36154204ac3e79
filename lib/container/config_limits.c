/* SPDX-License-Identifier: Apache-2.0 */
/* Limits as numbers of the runtime spec; docker's rules for what is left open. */
#include <string.h>

#include "base/parse.h"
#include "container/config_parts.h"

#define MEMORY_MIN	   ((int64_t)6 << 20) /* docker's: less can't start a process */
#define CPU_PERIOD_DEFAULT 100000	      /* microseconds */
#define NANO		   1000000000

static bool wants_memory(const struct container_options *o)
{
	return o->memory || o->memory_swap || o->memory_reservation || o->oom_kill_disable ||
	       o->memory_swappiness != MEMORY_SWAPPINESS_UNSET;
}

/* Contradictions between the options about memory. */
static int check_memory(const struct container_options *o, struct err *err)
{
	if (o->memory && o->memory < MEMORY_MIN)
		return err_set(err, ERR_INVALID,
			       "--memory %lld: less than 6m can't start a process",
			       (long long)o->memory);
	if (o->memory_swap > 0 && !o->memory)
		return err_set(err, ERR_INVALID,
			       "--memory-swap needs --memory: it limits memory and swap together");
	if (o->memory_swap > 0 && o->memory_swap < o->memory)
		return err_set(err, ERR_INVALID,
			       "--memory-swap %lld: less than --memory %lld, but it counts both",
			       (long long)o->memory_swap, (long long)o->memory);
	if (o->memory && o->memory_reservation > o->memory)
		return err_set(err, ERR_INVALID,
			       "--memory-reservation %lld: more than --memory %lld",
			       (long long)o->memory_reservation, (long long)o->memory);
	return 0;
}

static int config_memory(const struct container_options *o, struct container_config *c,
			 struct err *err)
{
	struct arena *a = &c->spec.arena;
	struct spec_memory *m;

	if (!wants_memory(o))
		return 0;
	if (check_memory(o, err))
		return -1;
	m = c->spec.linux_.resources->memory = arena_alloc(a, sizeof(*m));
	if (o->memory)
		m->limit = spec_int64(a, o->memory);
	if (o->memory_swap || o->memory)
		m->swap = spec_int64(a, o->memory_swap ? o->memory_swap : 2 * o->memory);
	if (o->memory_reservation)
		m->reservation = spec_int64(a, o->memory_reservation);
	if (o->memory_swappiness != MEMORY_SWAPPINESS_UNSET)
		m->swappiness = spec_uint64(a, (uint64_t)o->memory_swappiness);
	if (o->oom_kill_disable)
		m->disable_oom_killer = spec_bool(a, true);
	c->record.memory = o->memory;
	c->record.memory_swap = m->swap ? *m->swap : 0;
	return 0;
}

static int config_cpu(const struct container_options *o, struct container_config *c,
		      struct err *err)
{
	struct arena *a = &c->spec.arena;
	struct spec_cpu *cpu;

	if (!o->nano_cpus && !o->cpu_shares && !o->cpu_period && !o->cpu_quota && !o->cpuset_cpus &&
	    !o->cpuset_mems)
		return 0;
	if (o->nano_cpus && (o->cpu_quota || o->cpu_period))
		return err_set(
			err, ERR_INVALID,
			"--cpus and --cpu-quota or --cpu-period say the same: give one of them");
	cpu = c->spec.linux_.resources->cpu = arena_alloc(a, sizeof(*cpu));
	if (o->nano_cpus) {
		cpu->period = spec_uint64(a, CPU_PERIOD_DEFAULT);
		cpu->quota = spec_int64(a, o->nano_cpus / (NANO / CPU_PERIOD_DEFAULT));
		if (*cpu->quota < 1000)
			return err_set(err, ERR_INVALID,
				       "--cpus: less than 0.01 of a CPU can't be set");
	}
	if (o->cpu_period)
		cpu->period = spec_uint64(a, (uint64_t)o->cpu_period);
	if (o->cpu_quota)
		cpu->quota = spec_int64(a, o->cpu_quota);
	if (o->cpu_shares)
		cpu->shares = spec_uint64(a, (uint64_t)o->cpu_shares);
	cpu->cpus = arena_strdup(a, o->cpuset_cpus);
	cpu->mems = arena_strdup(a, o->cpuset_mems);
	c->record.nano_cpus = o->nano_cpus;
	return 0;
}

int config_limits(const struct container_options *o, struct container_config *c, struct err *err)
{
	struct arena *a = &c->spec.arena;

	if (config_memory(o, c, err) || config_cpu(o, c, err))
		return -1;
	if (o->pids_limit > 0) {
		struct spec_pids *p = arena_alloc(a, sizeof(*p));

		p->limit = o->pids_limit;
		c->spec.linux_.resources->pids = p;
	}
	if (o->oom_score_adj)
		c->spec.process.oom_score_adj = spec_int64(a, o->oom_score_adj);
	c->record.pids_limit = o->pids_limit;
	c->record.shm_size = o->shm_size;
	return 0;
}
