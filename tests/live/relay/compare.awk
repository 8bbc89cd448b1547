# Two files: the oracle (topic key id type, in commit order), then what the topics
# hold (topic partition key id type …, each partition in offset order).
# Exit 0 when they are the same; else the first few differences and 1.

function differs(words) {
	if (++differences <= 5)
		print "# " words
}

FNR == NR {
	rank[$3] = ++count
	topic_of[$3] = $1
	key_of[$3] = $2
	type_of[$3] = $4
	next
}

{
	id = $4
	if (!(id in rank)) {
		differs("never committed, but in Kafka: " $0)
		next
	}
	if (seen[id]++)
		differs("twice: " $0)
	if (topic_of[id] != $1 || key_of[id] != $3 || type_of[id] != $5)
		differs("not as it was written: " $0)
	if (rank[id] <= latest[$1, $2])
		differs("out of commit order: " $0)
	latest[$1, $2] = rank[id]
	messages++
}

END {
	for (id in rank)
		if (!(id in seen))
			differs("missing: " topic_of[id] " " key_of[id] " " id)
	if (count != rows)
		differs("the oracle knows " count " rows, the table has " rows)
	if (count == 0)
		differs("nothing was written: this proves nothing")
	print "# " count " rows, " messages " messages, " differences + 0 " differences"
	exit differences > 0
}
