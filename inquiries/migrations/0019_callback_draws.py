"""The answers to call back about are drawn by the database."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

DRAW = """
-- The lot is the order of md5(seed and answer): whoever knows the seed can draw it again on paper, nobody in here.
create function bida_draw_callbacks(of_district bigint, of_day date, at timestamptz) returns bigint
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    this_draw bigint;
    this_seed uuid := gen_random_uuid();
begin
    if of_day >= bida_day(at) then
        raise exception 'a day that is not over is not drawn' using errcode = 'check_violation';
    end if;
    create temporary table drawing on commit drop as
        select a.id, row_number() over (order by md5(this_seed::text || a.id::text)) as place_in_lot,
            concat_ws(' ',
                case when not a.at_once and a.answered_at >= a.due_at then 'late' end,
                case when not a.at_once and a.answered_at < a.due_at
                    and a.answered_at >= a.due_at - interval '1 hour' then 'last_hour' end,
                case when a.round > 1 then 'reopened' end,
                case when a.outcome in ('not_accepted', 'withdrawn', 'ended', 'unreachable', 'invalid')
                    then 'not_settled' end,
                case when exists (
                    select 1 from inquiries_event other join inquiries_answer b
                        on b.id = (other.codes ->> 'answer')::bigint
                    where other.district_id = of_district and other.code = 'answered' and other.at < e.at
                        and other.at >= e.at - interval '30 days' and b.place_id = a.place_id
                        and b.inquiry_id <> a.inquiry_id and md5(b.text) = md5(a.text) and length(a.text) > 20)
                    then 'same_text' end) as reasons
        from inquiries_event e
        join inquiries_answer a on a.id = (e.codes ->> 'answer')::bigint
        join inquiries_inquiry i on i.id = a.inquiry_id
        join inquiries_citizen c on c.id = i.citizen_id
        where e.district_id = of_district and e.code = 'answered'
            and e.at >= of_day::timestamp at time zone 'Asia/Shanghai'
            and e.at < (of_day + 1)::timestamp at time zone 'Asia/Shanghai'
            and c.phone <> '' and not i.imported and i.round = a.round;
    insert into inquiries_callbackdraw (district_id, "on", seed, answers, drawn, drawn_at)
        select of_district, of_day, this_seed, count(*), ceil(count(*) * 0.1), at from drawing
        on conflict do nothing returning id into this_draw;
    if this_draw is not null then
        insert into inquiries_drawncallback (draw_id, answer_id, by_lot, reasons)
            select this_draw, d.id, d.place_in_lot <= w.drawn, d.reasons
            from drawing d, inquiries_callbackdraw w
            where w.id = this_draw and (d.place_in_lot <= w.drawn or d.reasons <> '');
    end if;
    drop table drawing;
    return this_draw;
end $$;
revoke all on function bida_draw_callbacks(bigint, date, timestamptz) from public;
grant execute on function bida_draw_callbacks(bigint, date, timestamptz) to bida_worker;

alter table inquiries_callbackdraw enable row level security;
create policy web on inquiries_callbackdraw for select to bida_web using (district_id = (select bida_district()));
create policy worker on inquiries_callbackdraw for select to bida_worker using (bida_works(district_id));
alter table inquiries_drawncallback enable row level security;
create policy web on inquiries_drawncallback for select to bida_web
    using (exists (select 1 from inquiries_callbackdraw d where d.id = draw_id));
create policy worker on inquiries_drawncallback for select to bida_worker
    using (exists (select 1 from inquiries_callbackdraw d where d.id = draw_id));
grant select on inquiries_callbackdraw, inquiries_drawncallback to bida_web, bida_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0008_api_keys"),
        ("inquiries", "0018_lists_by_key"),
    ]

    operations = [
        migrations.CreateModel(
            name="CallbackDraw",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="day of the answers")),
                ("seed", models.UUIDField(verbose_name="seed")),
                ("answers", models.PositiveIntegerField(verbose_name="answers that day")),
                ("drawn", models.PositiveIntegerField(verbose_name="drawn")),
                ("drawn_at", models.DateTimeField(verbose_name="drawn at")),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="bureaus.place"
                    ),
                ),
            ],
            options={
                "verbose_name": "draw of callbacks",
                "verbose_name_plural": "draws of callbacks",
            },
        ),
        migrations.CreateModel(
            name="DrawnCallback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("by_lot", models.BooleanField()),
                ("reasons", models.CharField(blank=True, max_length=120)),
                (
                    "answer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="callback",
                        to="inquiries.answer",
                    ),
                ),
                (
                    "draw",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="callbacks",
                        to="inquiries.callbackdraw",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="callbackdraw",
            constraint=models.UniqueConstraint(fields=("district", "on"), name="callback_draw_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callbackdraw",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="8b605c3b65f96c835ad249105391b6a99ef894a2",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_06b69",
                    table="inquiries_callbackdraw",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callbackdraw",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="8b412daecb6d12be79e33c7100ffd20f777eff70",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_573b8",
                    table="inquiries_callbackdraw",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callbackdraw",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="49e51fd3998ec6ed4fb96dee7da404b2acc1cb59",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_994bc",
                    table="inquiries_callbackdraw",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="drawncallback",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="979546dfe8f6f3c2f42fecd0f9bf8acc8141b278",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_f73cb",
                    table="inquiries_drawncallback",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="drawncallback",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="1d7759d0bcdec5e52e88f21aa958d8b01a8c1a9f",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_d036d",
                    table="inquiries_drawncallback",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="drawncallback",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="dbf5a46fd8d496eb8b2e42d7b03aacbc12f29059",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_80274",
                    table="inquiries_drawncallback",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(DRAW, "drop function bida_draw_callbacks(bigint, date, timestamptz)"),
    ]
