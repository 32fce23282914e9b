"""The seed of a day's callbacks follows from the day's root, so that nobody draws until the lot suits."""

from django.db import migrations

DRAW = """
-- The lot is the order of md5(seed and answer). The seed is no chance of the moment, which a transaction could look at,
-- undo and try again: it follows from the day's root, which stands before and cannot be changed, so that whoever draws
-- again draws the same. Before there is a root, null.
create or replace function bida_draw_callbacks(of_district bigint, of_day date, at timestamptz) returns bigint
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    this_draw bigint;
    this_root bytea;
    this_seed uuid;
begin
    if of_day >= bida_day(at) then
        raise exception 'a day that is not over is not drawn' using errcode = 'check_violation';
    end if;
    select root into this_root from inquiries_dailyroot where district_id = of_district and "on" = of_day;
    if this_root is null and exists (
        select 1 from inquiries_event where district_id = of_district
            and inquiries_event.at < (of_day + 1)::timestamp at time zone 'Asia/Shanghai'
    ) then
        return null;
    end if;
    this_seed := md5(concat_ws(':', encode(this_root, 'hex'), of_district, of_day))::uuid;
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
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inquiries", "0051_form_wanted"),
    ]

    operations = [migrations.RunSQL(DRAW, migrations.RunSQL.noop)]
