/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/strv.h"
#include "config/config.h"

#define AT(member_) .offset = offsetof(struct config_values, member_)

static const char *const log_levels[] = {"error", "warn", "info", "debug", NULL};
static const char *const progress_words[] = {"auto", "tty", "plain", "json", "quiet", NULL};
static const char *const policies[] = {"always", "missing", "newer", "never", NULL};
static const char *const networks[] = {"none", "host", NULL};

const struct config_key config_keys[] = {
	{NULL, "data-root", CONFIG_TEXT, AT(data_root), .variable = "ONGGI_ROOT",
	 .fallback = "/var/lib/onggi for root, else $XDG_DATA_HOME/onggi",
	 .help = "where images, containers and volumes are kept"},
	{NULL, "run-root", CONFIG_TEXT, AT(run_root), .variable = "ONGGI_RUNROOT",
	 .fallback = "/run/onggi for root, else $XDG_RUNTIME_DIR/onggi",
	 .help = "where run-time state is kept"},
	{NULL, "log-level", CONFIG_CHOICE, AT(log_level), .variable = "ONGGI_LOG_LEVEL",
	 .choices = log_levels, .fallback = "warn", .help = "how much to tell"},
	{NULL, "progress", CONFIG_CHOICE, AT(progress), .variable = "ONGGI_PROGRESS",
	 .choices = progress_words, .fallback = "auto", .help = "how progress is shown"},
	{"formats", "ps", CONFIG_TEXT, AT(ps_format), .fallback = "the usual table",
	 .help = "--format of onggi ps"},
	{"formats", "images", CONFIG_TEXT, AT(images_format), .fallback = "the usual table",
	 .help = "--format of onggi images"},
	{"registries", "insecure", CONFIG_LIST, AT(insecure_registries),
	 .variable = "ONGGI_INSECURE_REGISTRIES", .fallback = "none; loopback needs no entry",
	 .help = "HOST[:PORT] that may be reached by plain HTTP or unverified TLS"},
	{"pull", "policy", CONFIG_CHOICE, AT(pull_policy), .variable = "ONGGI_PULL_POLICY",
	 .choices = policies, .fallback = "missing", .help = "when run fetches an image"},
	{"pull", "retries", CONFIG_INT, AT(pull_retries), .min = 0, .max = 100, .fallback = "5",
	 .help = "repetitions of a request that makes no progress"},
	{"pull", "retry-delay", CONFIG_DURATION, AT(pull_retry_delay), .min = 1, .max = INT64_MAX,
	 .fallback = "1s", .help = "pause before the first repetition, doubled each time"},
	{"pull", "platform", CONFIG_TEXT, AT(platform), .variable = "ONGGI_DEFAULT_PLATFORM",
	 .fallback = "this machine's", .help = "OS/ARCH[/VARIANT] of images that are fetched"},
	{"run", "network", CONFIG_CHOICE, AT(network), .choices = networks, .fallback = "none",
	 .help = "--network of new containers"},
	{"run", "userns", CONFIG_TEXT, AT(userns), .fallback = "host",
	 .help = "--userns of new containers"},
	{"run", "env", CONFIG_LIST, AT(env), .fallback = "none",
	 .help = "variables NAME=VALUE of new containers, below those of --env"},
	{"run", "init", CONFIG_BOOL, AT(init), .fallback = "false",
	 .help = "run an init as pid 1 in new containers"},
	{"run", "memory", CONFIG_SIZE, AT(memory), .min = 1, .max = INT64_MAX,
	 .fallback = "no limit", .help = "--memory of new containers"},
	{"run", "cpus", CONFIG_NANO, AT(nano_cpus), .min = 1, .max = INT64_MAX,
	 .fallback = "no limit", .help = "--cpus of new containers"},
	{"run", "pids-limit", CONFIG_INT, AT(pids_limit), .min = 1, .max = 4194304,
	 .fallback = "no limit", .help = "--pids-limit of new containers"},
	{"run", "shm-size", CONFIG_SIZE, AT(shm_size), .min = 1, .max = INT64_MAX,
	 .fallback = "64m", .help = "--shm-size of new containers"},
	{"limits", "layer-entries", CONFIG_INT, AT(layer_entries), .min = 1,
	 .max = INT64_C(1000000000000), .variable = "ONGGI_LIMIT_LAYER_ENTRIES",
	 .fallback = "10000000",
	 .help = "files and directories that one layer of an image may have"},
	{"limits", "layer-size", CONFIG_SIZE, AT(layer_size), .min = 1, .max = INT64_MAX,
	 .variable = "ONGGI_LIMIT_LAYER_SIZE", .fallback = "4t",
	 .help = "what the files of one layer may have together, holes included"},
	{"limits", "inflate-ratio", CONFIG_INT, AT(inflate_ratio), .min = 1, .max = 1000000000,
	 .variable = "ONGGI_LIMIT_INFLATE_RATIO", .fallback = "2048",
	 .help = "how many times its size compressed data may inflate to"},
	{"limits", "inflate-free", CONFIG_SIZE, AT(inflate_free), .min = 1, .max = INT64_MAX,
	 .variable = "ONGGI_LIMIT_INFLATE_FREE", .fallback = "1g",
	 .help = "what compressed data may inflate to before inflate-ratio counts"},
};
const size_t config_key_count = ARRAY_SIZE(config_keys);

const char *config_key_name(const struct config_key *k, char *buf)
{
	snprintf(buf, CONFIG_NAME_MAX, "%s%s%s", k->section ? k->section : "",
		 k->section ? "." : "", k->name);
	return buf;
}

void config_key_type(const struct config_key *k, char *buf, size_t size)
{
	static const char *const words[] = {
		[CONFIG_TEXT] = "text",
		[CONFIG_LIST] = "a list of texts",
		[CONFIG_BOOL] = "true or false",
		[CONFIG_SIZE] = "bytes, such as 512m or 2g",
		[CONFIG_DURATION] = "a duration, such as 500ms or 1m30s",
		[CONFIG_NANO] = "a number, such as 1.5",
	};
	_cleanup_free_ char *choices = NULL;

	if (k->kind == CONFIG_CHOICE) {
		choices = strv_join((char *const *)(uintptr_t)k->choices, ", ");
		snprintf(buf, size, "one of %s", choices);
	} else if (k->kind == CONFIG_INT) {
		snprintf(buf, size, "a whole number from %lld to %lld", (long long)k->min,
			 (long long)k->max);
	} else {
		snprintf(buf, size, "%s", words[k->kind]);
	}
}
