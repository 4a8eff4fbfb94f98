# Kim's call was refused, and changed nothing.
#@ solution
#@ but mina -> kim
