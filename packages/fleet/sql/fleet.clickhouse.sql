-- The same questions as fleet.sql, for ClickHouse (clickhouse-local, or a server whose user_files hold the rows):
--
--   clickhouse local --queries-file fleet.clickhouse.sql --query "select * from leaks(since = '2026-11-20 10:00:00')"
--
-- The rows lie in rows/, which is the folder of --to.

create view connections as
  select * from (
    select distinct *, client_isn is not null and server_isn is not null as is_named
    from file('rows/flows/*/*.parquet'))
  order by client_packets + server_packets desc, source, id
  limit 1 by client_address, client_port, server_address, server_port, client_isn, server_isn,
             if(is_named, '', concat(source, ' ', toString(id)));

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
  select argMax(severity, flows) as severity, diagnosis, "by", by_address, service_address, service_port,
         greatest(max(flows), uniqExactIf((shown.source, shown.id), shown.shows)) as connections,
         min(first) as first, max(last) as last, argMax(message, flows) as message, argMax(advice, flows) as advice,
         arraySort(groupUniqArray(told.source)) as sources
  from (select distinct * from file('rows/diagnoses/*/*.parquet')) as told
  left join (select distinct source, number, id, shows from file('rows/explanations/*/*.parquet')
             where shows and (source, id) in (select source, id from connections)) as shown
    on told.source = shown.source and told.number = shown.number
  group by diagnosis, "by", by_address, service_address, service_port
  order by indexOf(['error', 'warning', 'info'], severity), connections desc, diagnosis, by_address;
