# SPDX-License-Identifier: GPL-2.0
# The verdict on one boot. Reads, in dir: ending (from watch), tests (what
# should have run), verdict.log, console.log, tap/*.tap.

function result(kind, test, what)
{
	printf "%s\t%s\t%s\t%s\n", kind, label, test, what
	if (kind == "fail")
		failed[test]++
}

function skip(test, what)
{
	if (expect_all)
		result("fail", test, "skip-in-ci: " what)
	else
		result("skip", test, what)
}

function read_verdict(  line, w, n, test)
{
	while ((getline line <(dir "/verdict.log")) > 0) {
		n = split(line, w, " ")
		if (w[1] == "boot")
			booted = 1
		else if (w[1] == "start" && n > 1)
			running = w[2]
		else if (w[1] == "end" && n > 2) {
			how[w[2]] = w[3]
			running = ""
		} else if (line == "kmemleak found")
			leaks = 1
		else if (w[1] == "files" && w[2] == "failed")
			files_failed = 1
	}
	close(dir "/verdict.log")
}

# What a test says before its "not ok", as a CI's log is often all there is: no
# more than three lines, and not the ones that kselftest's harness always has.
function remember(line)
{
	sub(/^# */, "", line)
	gsub(/\t/, " ", line)
	if (line ~ /^(RUN|OK|FAIL|Starting) / || line ~ /: Test failed$/ || \
	    line == "")
		return
	if (said_lines++ < 3)
		said = said " | " substr(line, 1, 400)
}

function forget()
{
	said = ""
	said_lines = 0
}

# A diagnostic in a TAP line: "ok 1 name # SKIP why".
function tap_line(test, line,  what)
{
	what = line
	sub(/^(not )?ok +[0-9]* *(- )?/, "", what)
	seen[test]++
	if (line ~ /# *[Ss][Kk][Ii][Pp]/)
		skip(test, what)
	else if (line ~ /^not ok/ && line !~ /# *(TODO|XFAIL)/)
		result("fail", test, "fail: " what said)
	else
		result("pass", test, what)
	forget()
}

function read_tap(test,  line, file, w)
{
	file = dir "/tap/" test ".tap"
	forget()
	while ((getline line <file) > 0) {
		if (line ~ /^(not )?ok( |$)/)
			tap_line(test, line)
		else if (line ~ /^1\.\.[0-9]+/) {
			split(line, w, /\.\.|[ #]/)
			plan[test] = w[2] + 0
			if (w[2] + 0 == 0) {
				seen_skip[test] = 1
				sub(/^1\.\.0 *#? */, "", line)
				skip(test, line)
			}
		} else if (line ~ /^Bail out!/)
			result("fail", test, "fail: " line)
		else if (line ~ /^#/)
			remember(line)
	}
	close(file)
}

# What the lines do not say: too few of them, none at all, or a bad end.
function judge_tap(test)
{
	read_tap(test)
	if (how[test] == "timeout" || how[test] ~ /^signal/)
		result("fail", test, how[test] ~ /^s/ ? "fail: killed by " \
			how[test] : "timeout: killed at its time limit")
	else if (!(test in plan) && !failed[test])
		result("fail", test, seen[test] ? "fail: no TAP plan" : \
			"missing: no TAP output, " how[test])
	else if (plan[test] != seen[test] + 0)
		result("fail", test, sprintf("fail: %d results, %d planned",
			seen[test], plan[test]))
	else if (how[test] != "exit=0" && how[test] != "exit=4" && \
		 !failed[test])
		result("fail", test, "fail: " how[test] \
			" although no line failed")
}

function judge_plain(test)
{
	if (how[test] == "exit=0")
		result("pass", test, "exit=0")
	else if (how[test] == "exit=4")
		skip(test, "exit=4")
	else
		result("fail", test, (how[test] == "timeout" ? "timeout: " : \
			"fail: ") how[test])
}

function judge_test(test)
{
	if (!(test in how)) {
		if (test == running && ending != "done")
			result("fail", test, ending ": while it ran")
		else
			result("fail", test, "missing: no result")
		return
	}
	if (plain)
		judge_plain(test)
	else
		judge_tap(test)
}

function is_splat(line)
{
	return line ~ /(WARNING|BUG): / || line ~ /(Oops|UBSAN|KASAN|KCSAN)/ ||
		line ~ /Call Trace:/ || line ~ /general protection fault/ ||
		line ~ /suspicious RCU/ || line ~ /possible (circular|recursive) locking/ ||
		line ~ /possible irq lock inversion/ ||
		line ~ /inconsistent lock state/ || line ~ /unreferenced object/ ||
		line ~ /refcount_t: / || line ~ /INFO: (rcu|task|trying)/ ||
		line ~ /rcu: INFO:/ || line ~ /soft lockup/ || line ~ /Unable to handle/
}

# One failure per test (or boot) that a splat is from: its first line.
function read_console(  line, at, quiet)
{
	at = "(boot)"
	while ((getline line <(dir "/console.log")) > 0) {
		sub(/\r$/, "", line)
		if (match(line, /homeport-vm: start /)) {
			at = substr(line, RSTART + RLENGTH)
			quiet = 0
		} else if (line ~ /homeport-vm: end /) {
			at = "(after " at ")"
			quiet = 0
		} else if (line ~ /sysrq: Show Blocked/)
			# asked for by PID 1 when a test's time was over
			quiet = 1
		else if (!quiet && is_splat(line) && !splats[at]++)
			result("fail", at, "splat: " line)
	}
	close(dir "/console.log")
}

# Where a boot stood still, as the log may be out of reach.
function last_words(  line, last)
{
	while ((getline line <(dir "/console.log")) > 0)
		if (line ~ /[^ \t\r]/)
			last = line
	close(dir "/console.log")
	sub(/\r$/, "", last)
	return last ? ", after: " substr(last, 1, 400) : ""
}

BEGIN {
	getline ending <(dir "/ending")
	read_verdict()
	if (ending != "done" && running == "")
		result("fail", "(boot)", ending ": " (booted ? \
			"after the boot" : "before PID 1 spoke" last_words()))
	while ((getline test <(dir "/tests")) > 0)
		judge_test(test)
	read_console()
	if (leaks)
		result("fail", "(boot)", "splat: kmemleak found leaks")
	if (files_failed)
		result("fail", "(boot)", "fail: files from /out not sent")
}
