/* SPDX-License-Identifier: Apache-2.0 */
/* process.scheduler (config.md "Scheduler"): sched_setattr(2). */
#include <errno.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/strv.h"
#include "sandbox/apply.h"

static const struct {
	const char *name;
	uint32_t policy;
} policies[] = {
	{"SCHED_OTHER", SCHED_NORMAL},	    {"SCHED_FIFO", SCHED_FIFO}, {"SCHED_RR", SCHED_RR},
	{"SCHED_BATCH", SCHED_BATCH},	    {"SCHED_ISO", 4},		{"SCHED_IDLE", SCHED_IDLE},
	{"SCHED_DEADLINE", SCHED_DEADLINE},
};

static const struct {
	const char *name;
	uint64_t flag;
} flags[] = {
	{"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},
	{"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
	{"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},
	{"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
	{"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},
	{"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
	{"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX},
};

static int flag_value(const char *name, uint64_t *ret, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (str_eq(flags[i].name, name)) {
			*ret = flags[i].flag;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID,
		       "process.scheduler.flags: '%s' is not a flag such as "
		       "SCHED_FLAG_RESET_ON_FORK",
		       name);
}

int plan_scheduler(struct sandbox_plan *p, struct err *err)
{
	const struct spec_scheduler *s = p->spec->process.scheduler;
	struct op *op = plan_add(p, OP_SCHEDULER, s->policy);
	size_t i = 0;

	while (i < ARRAY_SIZE(policies) && !str_eq(policies[i].name, s->policy))
		i++;
	if (i == ARRAY_SIZE(policies))
		return err_set(
			err, ERR_INVALID,
			"process.scheduler.policy '%s' is not one of SCHED_OTHER, SCHED_FIFO, "
			"SCHED_RR, SCHED_BATCH, SCHED_ISO, SCHED_IDLE, SCHED_DEADLINE",
			s->policy ? s->policy : "");
	op->scheduler.policy = policies[i].policy;
	for (size_t j = 0; j < s->n_flags; j++) {
		uint64_t flag = 0;

		if (flag_value(s->flags[j], &flag, err) < 0)
			return -1;
		op->scheduler.flags |= flag;
	}
	return 0;
}

int apply_scheduler(struct apply *a, const struct op *op, struct err *err)
{
	const struct spec_scheduler *s = a->plan->spec->process.scheduler;
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = op->scheduler.policy,
		.sched_flags = op->scheduler.flags,
		.sched_nice = s->nice,
		.sched_priority = (uint32_t)s->priority,
		.sched_runtime = s->runtime,
		.sched_deadline = s->deadline,
		.sched_period = s->period,
	};

	if (syscall(SYS_sched_setattr, 0, &attr, 0) == 0)
		return 0;
	err_sys(err, "process.scheduler: set %s", op->path);
	return errno == EPERM ? err_hint(err, "this policy needs CAP_SYS_NICE on the host") : -1;
}
