# Kim's call was refused, so it changed nothing.
#@ solution
#@ but mina -> kim
