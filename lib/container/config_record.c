/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the record keeps of the options for those who look at the container later. It is written at
 * each run: what was not asked for is absent, and nothing is copied, since the options outlive the
 * record.
 */
#include "base/strv.h"
#include "container/config_parts.h"

static void keep_list(char **list, char ***ret, size_t *ret_n)
{
	*ret_n = strv_len(list);
	*ret = *ret_n ? list : NULL;
}

static char *keep(struct container_config *c, const char *s)
{
	return str_empty(s) ? NULL : arena_strdup(&c->spec.arena, s);
}

void config_record(const struct container_options *o, const struct store_image *image,
		   struct container_config *c)
{
	struct container_record *r = &c->record;

	keep_list(o->volume, &r->binds, &r->n_binds);
	keep_list(o->tmpfs, &r->tmpfs, &r->n_tmpfs);
	keep_list(o->device, &r->devices, &r->n_devices);
	keep_list(o->cap_add, &r->cap_add, &r->n_cap_add);
	keep_list(o->cap_drop, &r->cap_drop, &r->n_cap_drop);
	keep_list(o->security_opt, &r->security_opt, &r->n_security_opt);
	keep_list(o->group_add, &r->group_add, &r->n_group_add);
	keep_list(o->dns, &r->dns, &r->n_dns);
	keep_list(o->dns_search, &r->dns_search, &r->n_dns_search);
	keep_list(o->dns_option, &r->dns_option, &r->n_dns_option);
	keep_list(o->add_host, &r->add_host, &r->n_add_host);
	keep_list(o->ulimit, &r->ulimits, &r->n_ulimits);
	keep_list(o->sysctl, &r->sysctls, &r->n_sysctls);
	r->exposed_ports = image->config.config.exposed_ports;
	r->n_exposed_ports = image->config.config.n_exposed_ports;
	r->annotations = c->spec.annotations;
	r->n_annotations = c->spec.n_annotations;
	r->domainname = keep(c, o->domainname);
	r->pid_mode = keep(c, o->pid);
	r->ipc_mode = keep(c, o->ipc);
	r->uts_mode = keep(c, o->uts);
	r->cgroupns_mode = keep(c, o->cgroupns);
	r->cpuset_cpus = keep(c, o->cpuset_cpus);
	r->cpuset_mems = keep(c, o->cpuset_mems);
	r->cidfile = keep(c, o->cidfile);
	if (c->userns.keep_id)
		r->layers_view = arena_printf(&c->spec.arena, "keep-%u-%u", c->userns.keep_uid,
					      c->userns.keep_gid);
	r->memory_reservation = o->memory_reservation;
	r->cpu_shares = o->cpu_shares;
	r->cpu_period = o->cpu_period;
	r->cpu_quota = o->cpu_quota;
	r->oom_score_adj = o->oom_score_adj;
	if (o->memory_swappiness != MEMORY_SWAPPINESS_UNSET)
		r->memory_swappiness = spec_int64(&c->spec.arena, o->memory_swappiness);
	r->oom_kill_disable = o->oom_kill_disable;
}
