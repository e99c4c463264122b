-- The same questions as fleet.sql, for ClickHouse (clickhouse-local, chdb, or a server whose user_files hold the rows):
--
--   clickhouse local --queries-file fleet.clickhouse.sql --query "select * from leaks(since = '2026-11-20 10:00:00')"
--
-- The rows lie in rows/, which is the folder of --to. Times are UTC. What fleet.sql says of each question holds here, too;
-- a view has no value of its own for a parameter, so `since` must be given.

-- Others of the same addresses and ports, a row each, for a tap that missed the handshake: a view cannot join by a range
-- of times.
create view connections as
  with flows as (
    select distinct *, client_isn is not null and server_isn is not null as is_named,
           client_packets + server_packets as packets
    from file('rows/flows/*/*.parquet')),
  chosen as (
    select * from flows where is_named
    order by packets desc, source, id
    limit 1 by client_address, client_port, server_address, server_port, client_isn, server_isn),
  sightings as (
    select client_address, client_port, server_address, server_port,
           groupArray((source, start, "end", is_named, packets)) as seen
    from flows group by client_address, client_port, server_address, server_port),
  unnamed as (
    select flows.* from flows
    join sightings using (client_address, client_port, server_address, server_port)
    where not is_named and not arrayExists(
      other -> other.1 != flows.source and other.2 <= flows."end" and flows.start <= other.3
        and (other.4 or other.5 > flows.packets or (other.5 = flows.packets and other.1 < flows.source)),
      seen))
  select * except (is_named, packets) from (select * from chosen union all select * from unnamed);

create view fleet_findings as
  select distinct * from file('rows/findings/*/*.parquet')
  where (source, id) in (select source, id from connections);

create view leaks as
  select service_address, service_port, count() as leaks, min(start) as first, max(start) as last,
         arraySort(groupUniqArray(source)) as sources
  from fleet_findings
  where finding = 'half-closed' and cause = 'leak' and role = 'server' and start >= {since:DateTime64(9, 'UTC')}
  group by service_address, service_port
  order by leaks desc, service_address, service_port;

create view findings_by_service as
  select service_address, service_port, finding, cause, any(found.severity) as severity, count() as findings,
         min(start) as first, max(start) as last, arraySort(groupUniqArray(source)) as sources
  from fleet_findings as found
  where start >= {since:DateTime64(9, 'UTC')}
  group by service_address, service_port, finding, cause
  order by findings desc, service_address, service_port, finding, cause;

create view buildup as
  select service_address, service_port,
         countIf("end" is null) as sockets,
         countIf("end" is not null and cause = 'slow') as closed_meanwhile,
         minIf(start, "end" is null) as first,
         maxIf(start, "end" is null) as last,
         (toUnixTimestamp64Nano(last) - toUnixTimestamp64Nano(first)) / 1e9 as growth_seconds
  from fleet_findings
  where finding = 'half-closed' and role = 'server' and ifNull(cause, '') != 'intentional'
  group by service_address, service_port
  having sockets >= 5 and growth_seconds >= 5 and closed_meanwhile <= sockets * 0.1
  order by sockets desc, service_address, service_port;

create view diagnoses as
  with shown as (
    select distinct source, number, id from file('rows/explanations/*/*.parquet')
    where shows and (source, id) in (select source, id from connections)),
  told as (
    select distinct * from file('rows/diagnoses/*/*.parquet') where "last" >= {since:DateTime64(9, 'UTC')})
  select argMax(told.severity, told.flows) as severity, diagnosis, "by", by_address, service_address, service_port,
         greatest(toInt64(max(told.flows)), toInt64(uniqExactIf((shown.source, shown.id), shown.id is not null)))
           as connections,
         min(told."first") as first, max(told."last") as last, argMax(told.message, told.flows) as message,
         argMax(told.advice, told.flows) as advice, arraySort(groupUniqArray(told.source)) as sources
  from told left join shown on told.source = shown.source and told.number = shown.number
  group by diagnosis, "by", by_address, service_address, service_port
  order by indexOf(['error', 'warning', 'info'], severity), connections desc, diagnosis, by_address
  settings join_use_nulls = 1;

create view explained_findings as
  with explained as (
    select distinct source, id, finding, cause, severity, diagnosis
    from file('rows/explanations/*/*.parquet') where finding is not null)
  select found.* except (severity), coalesce(explained.severity, found.severity) as severity,
         explained.diagnosis as explained_by
  from fleet_findings as found
  left join explained
    on explained.source = found.source and explained.id = found.id and explained.finding = found.finding
      and explained.cause is not distinct from found.cause
  settings join_use_nulls = 1;
