/* SPDX-License-Identifier: Apache-2.0 */
/* All commands, and the words that people bring from docker which are none yet. */
#include "base/strv.h"
#include "cmd.h"

/* By name: first the verbs, then those of nouns. */
static const struct command *const all[] = {
	&cmd_completion,
	&cmd_doctor,
	&cmd_help,
	&cmd_history,
	&cmd_images,
	&cmd_import,
	&cmd_info,
	&cmd_inspect,
	&cmd_load,
	&cmd_ps,
	&cmd_pull,
	&cmd_rm,
	&cmd_rmi,
	&cmd_run,
	&cmd_save,
	&cmd_tag,
	&cmd_unshare,
	&cmd_untag,
	&cmd_version,
	&cmd_config_check,
	&cmd_config_keys,
	&cmd_config_show,
	&cmd_container_exists,
	&cmd_container_inspect,
	&cmd_container_list,
	&cmd_container_ls,
	&cmd_container_prune,
	&cmd_container_ps,
	&cmd_container_remove,
	&cmd_container_rm,
	&cmd_container_run,
	&cmd_image_exists,
	&cmd_image_history,
	&cmd_image_import,
	&cmd_image_inspect,
	&cmd_image_list,
	&cmd_image_load,
	&cmd_image_ls,
	&cmd_image_prune,
	&cmd_image_pull,
	&cmd_image_remove,
	&cmd_image_rm,
	&cmd_image_save,
	&cmd_image_tag,
	&cmd_image_untag,
	&cmd_system_check,
	&cmd_system_df,
	&cmd_system_doctor,
	&cmd_system_info,
	&cmd_system_prune,
	&cmd_volume_create,
	&cmd_volume_exists,
	&cmd_volume_inspect,
	&cmd_volume_list,
	&cmd_volume_ls,
	&cmd_volume_prune,
	&cmd_volume_remove,
	&cmd_volume_rm,
	&cmd_complete,
	&cmd_man,
	&cmd_tables,
};

const struct command_set cmd_set = {.list = all, .n = ARRAY_SIZE(all), .program = &cmd_program};

/*
 * Words that people bring from docker, and what does the job until they are commands here. They are
 * known behind the nouns below, too: `container exec`.
 */
static const struct {
	const char *word;
	const char *instead;
} later[] = {
	{"attach", "onggi run -it IMAGE is attached while the container runs"},
	{"build",
	 "buildah bud -t NAME . && buildah push NAME oci-archive:FILE, then onggi load -i FILE"},
	{"builder", NULL},
	{"buildx", NULL},
	{"commit", "make the change in a Dockerfile for buildah, then onggi load -i FILE"},
	{"compose", NULL},
	{"context", "there is no service to choose: --root names another store"},
	{"cp", "onggi run -v \"$PWD:/mnt\" IMAGE cp ..."},
	{"create", "onggi run makes and starts a container"},
	{"diff", NULL},
	{"events", "there is no service that could tell: onggi ps -a shows what is"},
	{"exec",
	 "nsenter -m -u -i -n -p -t $(onggi inspect -f '{{.State.Pid}}' CONTAINER) COMMAND; "
	 "who is not root adds -U --preserve-credentials"},
	{"export", NULL},
	{"kill", "onggi rm -f CONTAINER"},
	{"login",
	 "skopeo login; skopeo copy docker://NAME oci-archive:FILE, then onggi load -i FILE"},
	{"logout", "skopeo logout"},
	{"logs", "the output of onggi run is the program's own"},
	{"manifest", "skopeo inspect --raw docker://NAME"},
	{"network", "onggi run --network none or host"},
	{"pause", NULL},
	{"plugin", "onggi has none"},
	{"port", "onggi run --network host shares the host's ports"},
	{"push", "onggi save --format oci-archive -o FILE IMAGE, then skopeo copy oci-archive:FILE "
		 "docker://NAME"},
	{"rename", "onggi run --name names a container when it is made"},
	{"restart", "onggi run makes and starts a container"},
	{"search", "skopeo list-tags docker://NAME lists the tags of a name"},
	{"stack", "beyond one machine there is Kubernetes"},
	{"start", "onggi run makes and starts a container"},
	{"stats", "a cgroup's figures: systemd-cgtop"},
	{"stop", "onggi rm -f CONTAINER"},
	{"swarm", "beyond one machine there is Kubernetes"},
	{"top", NULL},
	{"unpause", NULL},
	{"update", NULL},
	{"wait", "onggi run waits, and ends with the program's exit code"},
};

static bool is_docker_noun(const char *word)
{
	return str_eq(word, "container") || str_eq(word, "image") || str_eq(word, "system");
}

int cmd_unknown(char *const *words, const struct err *err)
{
	const bool noun = words[1] && is_docker_noun(words[0]);
	const char *word = noun ? words[1] : words[0];
	struct err known = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(later); i++) {
		if (!str_eq(word, later[i].word))
			continue;
		err_set(&known, ERR_UNSUPPORTED, "'%s%s%s' is not in this version",
			noun ? words[0] : "", noun ? " " : "", word);
		if (later[i].instead)
			err_hint(&known, "%s", later[i].instead);
		return cmd_fail(&known, EXIT_ONGGI);
	}
	return cmd_fail(err, EXIT_ONGGI);
}
