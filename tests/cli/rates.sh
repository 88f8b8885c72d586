# SPDX-License-Identifier: GPL-3.0-or-later
# Real clips at 200 kbps, the first 5 s of each: within 3%, or the reason is told.
. "$TOP/tests/lib.sh"
dir=$TOP/../shared/videos
[ -d "$dir" ] || skip "no folder of real clips beside the project"
for v in "$dir"/*.mp4; do
    devibench transcode "$v" out.mp4 --bitrate 200k --length 5 --json > r.json
    rc=$?
    awk -v name="$(basename "$v")" -v rc=$rc -v kbps="$(json_field r.json bitrate_kbps)" \
        -v met="$(json_field r.json met)" -v reason="$(json_field r.json reason)" \
        -v qp="$(json_field r.json mean_qp)" -v n="$(json_field r.json encodes)" 'BEGIN {
        printf "%-45s %7.1f kbps %2d encodes QP %.1f\n", name, kbps, n, qp > "/dev/stderr"
        within = (kbps >= 194 && kbps <= 206)
        if (within && met == "true" && rc == 0 && qp <= 51)
            verdict = "met"
        else if (!within && met == "false" && rc == 1 && reason ~ /^(ceiling|floor|jump): /)
            verdict = "not met, reason told"
        else
            verdict = "wrong: " kbps " kbps, met " met ", exit " rc ", QP " qp ", reason " reason
        print name, verdict }'
done
