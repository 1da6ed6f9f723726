/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpus: what each CPU was doing. */
#include "cmd/args.h"
#include "cmd/describe.h"

#include <inttypes.h>

static void
cpus_where (struct kd_kernel *k, const struct kd_cpu *cpu, struct kd_writer *w)
{
  unsigned pc = k->mem->arch->reg_pc;
  if (cpu->source == KD_REGS_NONE || !kd_regs_has (&cpu->regs, pc)) {
    const char *why = cpu->why_no_regs ? cpu->why_no_regs : "not known";
    kd_text (w, "      no registers: %s\n", why);
    kd_json_null (w, "pc");
    kd_json_null (w, "symbol");
    kd_json_str (w, "why_no_registers", why);
    return;
  }
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
  kd_kernel_format_addr (k, cpu->regs.value[pc], &name);
  kd_text (w, "      %016" PRIx64 " %s\n", cpu->regs.value[pc],
           kd_strbuf_str (&name));
  kd_json_hex (w, "pc", cpu->regs.value[pc]);
  kd_json_str (w, "symbol", kd_strbuf_str (&name));
  kd_json_null (w, "why_no_registers");
}

static void
cpus_one (struct kd_kernel *k, const struct kd_cpu *cpu, struct kd_writer *w)
{
  struct kd_strbuf state KD_AUTO_STRBUF = { 0 };
  kd_describe_cpu_state (cpu, &state);
  kd_text (w, "%4u  %-14s", cpu->number, kd_strbuf_str (&state));
  if (cpu->task)
    kd_text (w, " %016" PRIx64 " %7d %-15s", cpu->task, cpu->pid, cpu->comm);
  else
    kd_text (w, " %-16s %7s %-15s", "-", "-", "-");
  kd_text (w, "  %s\n", kd_describe_regs_source (cpu->source));
  kd_json_object (w, NULL);
  kd_json_u64 (w, "cpu", cpu->number);
  kd_json_bool (w, "present", cpu->present);
  kd_json_bool (w, "online", cpu->online);
  kd_json_bool (w, "idle", cpu->idle);
  kd_json_bool (w, "panic", cpu->panicked);
  if (cpu->task) {
    kd_json_hex (w, "task", cpu->task);
    kd_json_i64 (w, "pid", cpu->pid);
    kd_json_str (w, "comm", cpu->comm);
  } else {
    kd_json_null (w, "task");
    kd_json_null (w, "pid");
    kd_json_null (w, "comm");
  }
  kd_json_str (w, "registers", kd_describe_regs_source (cpu->source));
  cpus_where (k, cpu, w);
  kd_json_end (w);
}

static enum kd_status
cpus_run (struct kd_session_state *s, const struct kd_args *args,
          struct kd_writer *w)
{
  enum kd_status st = kd_args_no_more (args, 0);
  if (st)
    return st;
  kd_text (w, "%4s  %-14s %-16s %7s %-15s  %s\n", "CPU", "STATE", "TASK",
           "PID", "COMMAND", "REGISTERS");
  kd_json_array (w, NULL);
  for (unsigned i = 0; i < s->kernel->ncpus; i++)
    if (s->kernel->cpus[i].present)
      cpus_one (s->kernel, &s->kernel->cpus[i], w);
  kd_json_end (w);
  return KD_OK;
}

const struct kd_command kd_cmd_cpus = {
  .name = "cpus",
  .group = "What is this machine?",
  .summary = "show what each CPU was doing",
  .usage = "cpus [--json]",
  .help
  = "Shows each CPU that was present: its state, its task, where its\n"
    "registers come from, and where it was.\n\n"
    "JSON: an array of {cpu, present, online, idle, panic, task, pid, comm,\n"
    "registers, pc, symbol, why_no_registers}.\n",
  .run = cpus_run,
};
